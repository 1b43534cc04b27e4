"""The audit log in plain words: what was done, to what, and the details of it."""

from collections.abc import Mapping

# As the lines of the log name it; what has no words here is told by its name.
DONE = {
    "item.accept": "accepted it",
    "item.reject": "rejected it",
    "item.snooze": "put it off",
    "item.wake": "brought it back",
    "item.return": "came back when its time was up",
    "item.undo": "took a decision back",
    "item.leave": "let a decision stand",
    "item.assign": "gave it to somebody",
    "item.unassign": "gave it to nobody",
    "item.comment": "said something of it",
    "item.write": "wrote its text",
    "item.move": "put it elsewhere",
    "item.link": "chose another link",
    "item.paste": "brought it in by its address",
    "item.quote": "chose a quotation",
    "item.unquote": "took a quotation out",
    "item.quote_worded": "worded quotations",
    "item.quotes_ordered": "put quotations in order",
    "item.vouch": "vouched for a quotation",
    "item.take_offer": "took an offered change",
    "item.decline_offer": "turned an offered change down",
    "item.take_apart": "took apart what it gathers",
    "item.gather": "gathered another development in it",
    "item.follow": "noted what it follows",
    "item.merge": "made one item of two",
    "item.part": "made two items of one again",
    "item.alert": "noted a change of its source",
    "item.settle": "saw to a change of its source",
    "task.settle": "saw to it by a correction",
    "instalment.open": "opened it",
    "instalment.write": "wrote a text of it",
    "instalment.review": "sent it to review",
    "instalment.ready": "called it ready",
    "instalment.approve": "approved it",
    "instalment.publish": "said that it is out",
    "instalment.out": "said where it is out and since when",
    "instalment.reopen": "opened it again",
    "instalment.correct": "corrected it",
    "instalment.withdraw": "withdrew it",
    "instalment.export": "took it along as a file",
    "instalment.deliver": "asked that it be handed over",
    "instalment.paste": "pasted a link",
    "story.copy": "said that it is a copy",
    "story.not_copy": "said that it is no copy",
    "story.no_copy": "said that it is no copy",
    "story.original": "said which is the original",
    "development.merge": "made one development of two",
    "development.split": "split a development",
    "development.undo": "took a ruling back",
    "suggestion.refuse": "refused a suggestion",
    "suggestion.take_back": "let a suggestion be made again",
    "notice.come": "brought a wire's word about another item",
    "notice.propose": "found the items that a wire means",
    "notice.carry_out": "carried out what a wire says",
    "notice.refuse": "refused what a wire says",
    "notice.release": "ended a hold",
    "notice.expire": "let a hold run out",
    "series.define": "changed its definition",
    "series.review": "said whether an ignored story belongs",
    "series.take_in": "took an ignored story in",
    "series.learn": "learnt from decisions",
    "series.offer": "drew ignored stories to be looked at",
    "feed.add": "followed it",
    "feed.set": "changed how it is asked",
    "feed.pause": "paused it",
    "feed.resume": "resumed it",
    "feed.poll": "asked it at once",
    "feeds.import": "took in a list of feeds",
    "setaside.replay": "sent it round again",
    "target.add": "set a place up for handing over",
    "target.retire": "took a place for handing over away",
    "search.save": "kept a search",
    "search.forget": "dropped a search",
    "session.open": "signed in",
    "session.revoke": "ended a sign-in",
    "token.add": "made a token",
    "token.revoke": "ended a token",
    "token.use": "did something with a token",
    "user.add": "added somebody",
    "user.invite": "invited somebody",
    "user.role": "changed who may what",
    "user.password": "changed a password",
    "user.disable": "shut somebody out",
    "user.enable": "let somebody in again",
    "user.link": "linked an account elsewhere",
    "user.mail": "changed where letters go",
    "audit.export": "took lines of this log along",
    "database.restore": "brought a backup back",
    "developments.refit": "learnt anew what tells one thing",
}
_MOST = 500  # characters of details


def done(action: str) -> str:
    """What somebody did, in words."""
    return DONE.get(action) or action.replace(".", ": ").replace("_", " ")


def details(detail: Mapping[str, object]) -> str:
    """The details of a line in a few words."""
    return _told(detail, "; ")[:_MOST]


def _told(value: object, between: str = ", ") -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        told = [
            f"{str(name).replace('_', ' ')}: {_told(one)}"
            for name, one in value.items()
            if one not in (None, "", [], {})
        ]
        return between.join(told)
    if isinstance(value, list | tuple):
        return ", ".join(map(_told, value))
    return "" if value is None else str(value)
