// What `interface-blockstore-tests` takes from `aegir/chai`: chai that knows promises, and in which
// `.true()` is called.
import * as chai from "chai";
import chaiAsPromised from "chai-as-promised";

chai.use(chaiAsPromised);
for (const name of ["true", "false", "ok"]) {
  const { Assertion } = chai;
  const plain = Object.getOwnPropertyDescriptor(Assertion.prototype, name);
  Object.defineProperty(Assertion.prototype, name, {
    configurable: true,
    get: function asCall() {
      return () => plain.get.call(this);
    },
  });
}

export { expect } from "chai";
