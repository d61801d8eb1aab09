// The statistics of a gate as one typed query of DuckDB over an event log, for comparison: what each model answers and
// how often, mean, deviation and percentiles of its confidences and latencies, its artefacts, how many decisions there
// are, and how many have a feature that is not finite. Like gate.py it judges less than `qsc quality-gate`: no rejected
// entries, no contradictions, no order of time, no intervals, no ensemble.
//
//   duckdb.js DIRECTORY JOURNAL VERSION THREADS     DIRECTORY: where npm has installed @duckdb/node-api
import { createRequire } from "node:module";
import { join } from "node:path";

/** What is used of @duckdb/node-api, which does not come with a clone. */
interface DuckDB {
  readonly DuckDBInstance: {
    create(path: string, options: Readonly<Record<string, string>>): Promise<{ connect(): Promise<Connection> }>;
  };
}

interface Connection {
  runAndReadAll(
    query: string,
    values: Readonly<Record<string, string>>,
  ): Promise<{ getRowObjectsJson(): readonly unknown[] }>;
}

const ANSWERS =
  "MAP(VARCHAR, STRUCT(action VARCHAR, confidence DOUBLE, latency_ms DOUBLE, status VARCHAR, artifact_sha256 VARCHAR))";
/** Version 1 has answers and features in the payload. */
const VERSION_1 = `
  SELECT read.symbol || read.timestamp AS decision, map_entries(read.model_breakdown) AS answers,
    [read.atr_value, read.volatility_factor, read.exchange_divergence, read.funding_rate] AS features
  FROM (SELECT from_json(fields.payload, '{"symbol": "VARCHAR", "timestamp": "VARCHAR", "atr_value": "DOUBLE",
    "volatility_factor": "DOUBLE", "exchange_divergence": "DOUBLE", "funding_rate": "DOUBLE",
    "model_breakdown": "${ANSWERS}"}') AS read FROM lines)`;
const VERSION_2 = `
  SELECT from_json(fields.payload, '{"decision_id": "VARCHAR"}').decision_id AS decision,
    map_entries(from_json(fields.model_breakdown, '"${ANSWERS}"')) AS answers,
    map_values(from_json(fields.features, '"MAP(VARCHAR, DOUBLE)"')) AS features FROM lines`;

const [, , directory = "", journal = "", version = "", threads = ""] = process.argv;
const { DuckDBInstance } = createRequire(join(directory, "package.json"))("@duckdb/node-api") as DuckDB;
const instance = await DuckDBInstance.create(":memory:", { threads });
const connection = await instance.connect();
const answer = await connection.runAndReadAll(
  `WITH lines AS (
     SELECT fields FROM read_json($journal, format = 'newline_delimited', columns =
       {id: 'VARCHAR', fields: 'STRUCT(payload VARCHAR, model_breakdown VARCHAR, features VARCHAR)'})),
   entries AS MATERIALIZED (${version === "1" ? VERSION_1 : VERSION_2}),
   answers AS (SELECT unnest(answers) AS answer FROM entries),
   flat AS (SELECT answer.key AS model, unnest(answer.value) FROM answers)
   SELECT model, count(*) AS n, histogram(action) AS actions, avg(confidence) AS mean, stddev_pop(confidence) AS std,
     quantile_cont(confidence, [0.1, 0.9]) AS spread, quantile_cont(latency_ms, [0.5, 0.99]) AS latency,
     count(*) FILTER (status <> 'active') AS inactive, count(DISTINCT artifact_sha256) AS artefacts,
     (SELECT count(*) - count(DISTINCT decision) FROM entries) AS repeated,
     (SELECT count(*) FROM entries WHERE list_bool_or(list_transform(features, value -> NOT isfinite(value)))) AS lost
   FROM flat GROUP BY model ORDER BY model`,
  { journal },
);
console.log(JSON.stringify(answer.getRowObjectsJson(), null, 1));
