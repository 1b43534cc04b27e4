"""Celery's doors, the flow behind them, and the one HTTP client. Start reading at flow.py."""
