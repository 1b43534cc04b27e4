// A list of feeds may be read from a file: its text goes into the field that is sent.

const file = document.getElementById("file");
const list = document.getElementById("opml");
if (file && list) {
  file.hidden = false;
  document.querySelector('label[for="file"]').hidden = false;
  file.addEventListener("change", async () => {
    if (file.files.length) list.value = await file.files[0].text();
  });
}
