/** The schema library, imported here alone: whatever comes from outside is parsed with it. */
export { z } from "zod";
