import { HOST } from "./actors/table.js";
import { everywhere } from "./model/everywhere.js";

// The operators have a file of their own, so that two files run at once.
everywhere(HOST);
