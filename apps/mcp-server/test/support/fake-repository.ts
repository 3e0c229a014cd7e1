import { type ContentEvents, type ContentRepository, Emitter } from "@ipfs-kit/core";

const missing = (): never => {
  throw new Error("this test has no such store");
};

/** A repository that has what a test gives it; all else fails loudly. */
export function fakeRepository(given: Partial<ContentRepository> = {}): ContentRepository {
  const none: ContentRepository = {
    blocks: { get: missing, has: missing, put: missing, delete: missing },
    events: new Emitter<ContentEvents>(),
    add: missing,
    addTree: missing,
    importCar: missing,
    stat: missing,
    read: missing,
    pin: missing,
    unpin: missing,
    listPins: missing,
    findPin: missing,
    collectGarbage: missing,
    stats: missing,
  };
  return new Proxy(none, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in given ? given : target, name);
      return typeof value === "function" ? value.bind(name in given ? given : target) : value;
    },
  });
}
