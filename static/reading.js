/* What the frame's script and the host page's share. The portal puts it in front of each, and a function around both. */

const MOST_STARTS = 10;
const BASKET_ID = /^[A-Za-z0-9-]{1,64}$/;

// What somebody else wrote is read only where it is the object's own, and text only in the shape that is expected.
const own = (thing, name) =>
  thing !== null && typeof thing === "object" && Object.hasOwn(thing, name) ? thing[name] : undefined;
const text = (thing, name, pattern) => {
  const found = own(thing, name);
  return typeof found === "string" && pattern.test(found) ? found : null;
};
