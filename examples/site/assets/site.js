// Asks for every file of this page, then asks again with the tag that came, and shows both answers.
const files = ["/", "/assets/site.css", "/assets/site.js", "/assets/cat.svg"];

async function ask(file, headers) {
  const response = await fetch(file, { cache: "no-store", headers });
  await response.arrayBuffer();
  return response;
}

async function row(file) {
  const first = await ask(file, {});
  const tag = first.headers.get("etag");
  const again = tag ? await ask(file, { "If-None-Match": tag }) : null;
  return [file, first.status, tag ?? "none", again ? again.status : "no tag to ask with"];
}

async function show() {
  const table = document.getElementById("answers");
  for (const cells of await Promise.all(files.map(row))) {
    const line = table.tBodies[0].insertRow();
    for (const text of cells) line.insertCell().textContent = text;
  }
  table.hidden = false;
  document.getElementById("live-note").textContent = "Every file of this page, as it was answered just now.";
}

show().catch((error) => {
  document.getElementById("live-note").textContent = `The files could not be asked for: ${error.message}`;
});
