import { processFaults } from "../support/faults/process-faults.ts";
import { testFaults } from "../support/faults/fault-tests.ts";

await testFaults(processFaults);
