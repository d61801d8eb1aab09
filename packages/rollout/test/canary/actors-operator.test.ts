import { OPERATORS } from "./actors/table.js";
import { everywhere } from "./model/everywhere.js";

everywhere(OPERATORS);
