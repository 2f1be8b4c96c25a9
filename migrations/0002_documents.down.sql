DROP TABLE chunks;
DROP TABLE ingestions;
DROP TABLE documents;
