import { brokerFaults } from "../support/faults/broker-faults.ts";
import { testFaults } from "../support/faults/fault-tests.ts";

await testFaults(brokerFaults, 3);
