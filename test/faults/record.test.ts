import { recordFaults } from "../support/faults/record-faults.ts";
import { testFaults } from "../support/faults/fault-tests.ts";

await testFaults(recordFaults);
