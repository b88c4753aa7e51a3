import { errors } from "./errors.ts";
import { market } from "./market.ts";
import { pipeline } from "./pipeline.ts";
import { quality } from "./quality.ts";
import { shell } from "./shell.ts";
import { sql } from "./sql.ts";
import { symbol } from "./symbol.ts";

export const messages = { shell, market, symbol, quality, pipeline, sql, errors };
