// Makes and shows passkeys where a page asks for it: `[data-passkey]` names the address that begins
// and ends the ceremony. Pages work without this: then there is a password and a code.
const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const read = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
  ...(options.excludeCredentials && {
    excludeCredentials: options.excludeCredentials.map((known) => ({ ...known, id: bytes(known.id) })),
  }),
  ...(options.allowCredentials && {
    allowCredentials: options.allowCredentials.map((known) => ({ ...known, id: bytes(known.id) })),
  }),
});

function write(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const said = {};
  for (const part of parts) if (response[part]) said[part] = text(response[part]);
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    extensions: {},
    response: said,
  };
}

class Refused extends Error {}

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    credentials: "same-origin",
    redirect: "error",
  });
  const said = await answer.json();
  if (answer.ok) return said;
  if (said.type?.endsWith("confirmation-needed")) {
    location.assign("/confirm?to=" + encodeURIComponent(location.pathname));
    return new Promise(() => {});
  }
  throw new Refused(said.detail);
}

async function ceremony(part) {
  const path = part.dataset.passkey;
  const begun = await post(path + "/begin", {});
  const publicKey = read(begun.options);
  const credential = part.dataset.ceremony === "make"
    ? await navigator.credentials.create({ publicKey })
    : await navigator.credentials.get({ publicKey });
  const name = part.querySelector("input")?.value ?? "";
  const to = part.dataset.to ?? "/";
  return post(path, { ceremony: begun.ceremony, answer: write(credential), name, to });
}

for (const part of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  part.hidden = false;
  const wrong = part.querySelector("[role=alert]");
  const button = part.querySelector("button");
  button.addEventListener("click", async () => {
    wrong.hidden = true;
    button.disabled = true;
    try {
      location.assign((await ceremony(part)).to);
    } catch (error) {
      // A person who closes the browser's question needs no explanation of it.
      wrong.textContent = error instanceof Refused ? error.message : part.dataset.failed;
      wrong.hidden = false;
      button.disabled = false;
    }
  });
}
