DROP TABLE collections;
DROP TABLE databases;
DROP TABLE id_sequence;
