import { storeFaults } from "../support/faults/store-faults.ts";
import { testFaults } from "../support/faults/fault-tests.ts";

await testFaults(storeFaults);
