-- The catalog: databases and collections. `properties_json` and `record_json` are JSON texts that
-- the gateway reads and writes whole: a collection's record holds its schema, partitions, aliases
-- and indexes, so that each DDL statement is one row. Numbers come from `id_sequence` and are never
-- given twice.
CREATE TABLE id_sequence (
  name TEXT PRIMARY KEY,
  next_id INTEGER NOT NULL
);
INSERT INTO id_sequence (name, next_id) VALUES ('catalog', 1000);

CREATE TABLE databases (
  name TEXT PRIMARY KEY,
  id INTEGER NOT NULL,
  properties_json TEXT NOT NULL DEFAULT '{}',
  created_ms INTEGER NOT NULL
);

CREATE TABLE collections (
  id INTEGER PRIMARY KEY,
  database_name TEXT NOT NULL,
  name TEXT NOT NULL,
  record_json TEXT NOT NULL,
  UNIQUE (database_name, name)
);
