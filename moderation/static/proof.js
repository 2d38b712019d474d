// The proof of work that a form asks for while its site is flooded, and only then: a page loads this file when its form
// came with a challenge. ALTCHA's protocol, version 2: find the number that a key was derived from, by trying. The browser
// derives keys beside the page, not in it, so that typing goes on undisturbed.

// Milliseconds. A comment whose proof takes longer is sent without it, and waits for a moderator.
const LONGEST = 20_000;

const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

// What belongs into the form's field `altcha`; nothing where this browser cannot do it, as on a page without https.
export const prove = async (challenge) => {
  try {
    const { nonce, salt, cost, keyLength, keyPrefix } = challenge.parameters;
    const derivation = { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: cost };
    const password = new Uint8Array([...bytes(nonce), 0, 0, 0, 0]);
    const number = new DataView(password.buffer, password.length - 4);
    const end = performance.now() + LONGEST;
    for (let counter = 0; performance.now() < end; counter++) {
      number.setUint32(0, counter);
      const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
      const derivedKey = hex(await crypto.subtle.deriveBits(derivation, key, keyLength * 8));
      if (derivedKey.startsWith(keyPrefix)) return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
    }
  } catch {}
  return "";
};
