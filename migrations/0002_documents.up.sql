-- Documents, their ingestions (one for each version that was uploaded) and the chunks of each.
--
-- A document's visible version is `visible_ingestion_id`. `deleting` = 1: it is gone for every
-- reader, and its chunks, rows and original are still to be removed.
CREATE TABLE documents (
  document_id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('uploaded', 'processing', 'processed', 'error')),
  visible_ingestion_id TEXT,
  deleting INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
);

CREATE TABLE ingestions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  ingestion_id TEXT NOT NULL UNIQUE,
  document_id TEXT NOT NULL REFERENCES documents (document_id),
  state TEXT NOT NULL CHECK (state IN ('accepted', 'running', 'completed', 'failed')),
  format TEXT NOT NULL,
  content_sha256 TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  title TEXT NOT NULL DEFAULT '',
  chunk_strategy TEXT NOT NULL,
  chunk_max_tokens INTEGER NOT NULL,
  chunk_overlap_tokens INTEGER NOT NULL,
  source_metadata TEXT NOT NULL DEFAULT '{}',
  attempts INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  pages INTEGER NOT NULL DEFAULT 0,
  chunks INTEGER NOT NULL DEFAULT 0,
  -- 1: its chunks are no longer visible and are still to be removed.
  retired INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
);
CREATE INDEX ingestions_by_document ON ingestions (document_id, seq);
CREATE INDEX ingestions_by_state ON ingestions (state, seq);
CREATE INDEX ingestions_by_content ON ingestions (content_sha256);

CREATE TABLE chunks (
  ingestion_id TEXT NOT NULL,
  chunk_index INTEGER NOT NULL,
  chunk_id TEXT NOT NULL UNIQUE,
  page INTEGER NOT NULL,
  byte_begin INTEGER NOT NULL,
  byte_end INTEGER NOT NULL,
  chunk_text TEXT NOT NULL,
  -- By which the same text is not embedded twice: embedder name and SHA-256 of the text.
  embedding_key TEXT NOT NULL,
  -- Float32, little-endian, as hexadecimal digits.
  vector_hex TEXT NOT NULL,
  PRIMARY KEY (ingestion_id, chunk_index)
);
CREATE INDEX chunks_by_embedding_key ON chunks (embedding_key);
