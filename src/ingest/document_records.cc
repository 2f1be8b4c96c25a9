#include "ingest/document_records.h"

#include <cstring>
#include <limits>

#include "base/check.h"
#include "base/clock.h"
#include "base/uuid.h"

namespace vecgate {
namespace {

constexpr const char* kIngestionColumns =
    "SELECT i.seq, i.ingestion_id, i.document_id, d.name, i.state, i.format, i.content_sha256, "
    "i.size_bytes, i.title, i.chunk_strategy, i.chunk_max_tokens, i.chunk_overlap_tokens, "
    "i.source_metadata, i.attempts, i.error, i.pages, i.chunks, i.created_ms, i.updated_ms "
    "FROM ingestions i JOIN documents d ON d.document_id = i.document_id AND d.deleting = 0 ";

constexpr const char* kDocumentColumns =
    "SELECT d.document_id, d.name, d.state, COALESCE(d.visible_ingestion_id, ''), n.ingestion_id, "
    "n.format, n.title, n.error, COALESCE(v.pages, 0), COALESCE(v.chunks, 0), n.size_bytes, "
    "d.created_ms, d.updated_ms FROM documents d "
    "JOIN ingestions n ON n.seq = (SELECT MAX(seq) FROM ingestions WHERE document_id = "
    "d.document_id) "
    "LEFT JOIN ingestions v ON v.ingestion_id = d.visible_ingestion_id ";

long long Now() { return SystemClock().UnixMillis(); }

// The columns of kIngestionColumns as variables to read into.
struct IngestionRow {
  long long seq = 0, size_bytes = 0, max_tokens = 0, overlap = 0, attempts = 0, pages = 0,
            chunks = 0, created_ms = 0, updated_ms = 0;
  std::string ingestion_id, document_id, document, state, format, sha, title, strategy, metadata,
      error;

  template <typename Statement>
  void Bind(Statement& statement) {
    using soci::into;
    statement.exchange(into(seq));
    for (auto* text : {&ingestion_id, &document_id, &document, &state, &format, &sha}) {
      statement.exchange(into(*text));
    }
    statement.exchange(into(size_bytes));
    statement.exchange(into(title));
    statement.exchange(into(strategy));
    statement.exchange(into(max_tokens));
    statement.exchange(into(overlap));
    statement.exchange(into(metadata));
    statement.exchange(into(attempts));
    statement.exchange(into(error));
    for (auto* number : {&pages, &chunks, &created_ms, &updated_ms}) {
      statement.exchange(into(*number));
    }
  }

  [[nodiscard]] Result<IngestionRecord> ToRecord() const {
    IngestionRecord out;
    out.seq = seq;
    out.ingestion_id = ingestion_id;
    out.document_id = document_id;
    out.document = document;
    VG_ASSIGN_OR_RETURN(out.state, StateFromName(state));
    VG_ASSIGN_OR_RETURN(out.format, FormatFromName(format));
    out.content_sha256 = sha;
    out.size_bytes = size_bytes;
    out.title = title;
    VG_ASSIGN_OR_RETURN(out.chunking.strategy, ChunkStrategyFromName(strategy));
    out.chunking.max_tokens = static_cast<size_t>(max_tokens);
    out.chunking.overlap_tokens = static_cast<size_t>(overlap);
    out.source_metadata = metadata;
    out.attempts = attempts;
    out.error = error;
    out.pages = pages;
    out.chunks = chunks;
    out.created_ms = created_ms;
    out.updated_ms = updated_ms;
    return out;
  }
};

// Runs kIngestionColumns with `where`; `binds` are the values of its placeholders.
template <typename... Binds>
Result<std::vector<IngestionRecord>> SelectIngestions(soci::session& sql, const std::string& where,
                                                      Binds&&... binds) {
  IngestionRow row;
  soci::statement statement(sql);
  row.Bind(statement);
  (statement.exchange(soci::use(binds)), ...);
  statement.alloc();
  statement.prepare(kIngestionColumns + where);
  statement.define_and_bind();
  statement.execute(false);
  std::vector<IngestionRecord> out;
  while (statement.fetch()) {
    VG_ASSIGN_OR_RETURN(IngestionRecord record, row.ToRecord());
    out.push_back(std::move(record));
  }
  return out;
}

Result<IngestionRecord> SelectIngestion(soci::session& sql, const std::string& ingestion_id) {
  VG_ASSIGN_OR_RETURN(auto found, SelectIngestions(sql, "WHERE i.ingestion_id = :i", ingestion_id));
  if (found.empty()) {
    return NotFound("ingestion " + ingestion_id + " does not exist", Subject::kIngestion);
  }
  return std::move(found.front());
}

template <typename... Binds>
std::vector<DocumentRecord> SelectDocuments(soci::session& sql, const std::string& where,
                                            Binds&&... binds) {
  DocumentRecord row;
  long long pages = 0;
  long long chunks = 0;
  long long size = 0;
  long long created = 0;
  long long updated = 0;
  soci::statement statement(sql);
  for (auto* text : {&row.document_id, &row.document, &row.state, &row.visible_ingestion_id,
                     &row.newest_ingestion_id, &row.format, &row.title, &row.error}) {
    statement.exchange(soci::into(*text));
  }
  for (auto* number : {&pages, &chunks, &size, &created, &updated}) {
    statement.exchange(soci::into(*number));
  }
  (statement.exchange(soci::use(binds)), ...);
  statement.alloc();
  statement.prepare(kDocumentColumns + where);
  statement.define_and_bind();
  statement.execute(false);
  std::vector<DocumentRecord> out;
  while (statement.fetch()) {
    row.pages = pages;
    row.chunks = chunks;
    row.size_bytes = size;
    row.created_ms = created;
    row.updated_ms = updated;
    out.push_back(row);
  }
  return out;
}

Result<DocumentRecord> SelectDocument(soci::session& sql, const std::string& document_id) {
  auto found = SelectDocuments(sql, "WHERE d.deleting = 0 AND d.document_id = :i", document_id);
  if (found.empty()) {
    return NotFound("document " + document_id + " does not exist", Subject::kDocument);
  }
  return std::move(found.front());
}

// The document follows its newest ingestion.
void UpdateDocumentState(soci::session& sql, const std::string& document_id) {
  std::string state;
  sql << "SELECT state FROM ingestions WHERE document_id = :d ORDER BY seq DESC LIMIT 1",
      soci::use(document_id), soci::into(state);
  if (!sql.got_data()) return;
  const auto parsed = StateFromName(state);
  VG_CHECK(parsed.ok());  // The table's own CHECK allows no other.
  const std::string document_state(DocumentStateFor(*parsed));
  const long long now = Now();
  sql << "UPDATE documents SET state = :s, updated_ms = :t WHERE document_id = :d",
      soci::use(document_state), soci::use(now), soci::use(document_id);
}

std::string ToHex(const std::vector<float>& vector) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(vector.size() * 8);
  const auto* bytes = reinterpret_cast<const unsigned char*>(vector.data());
  for (size_t i = 0; i < vector.size() * sizeof(float); ++i) {
    out += kDigits[bytes[i] >> 4];
    out += kDigits[bytes[i] & 15];
  }
  return out;
}

Result<std::vector<float>> FromHex(const std::string& hex) {
  if (hex.size() % 8 != 0 || hex.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return DataLoss("a stored vector is not float32 in hexadecimal digits", Subject::kStorage);
  }
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<float> out(hex.size() / 8);
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  for (size_t i = 0; i < hex.size() / 2; ++i) {
    bytes[i] = static_cast<unsigned char>(digit(hex[i * 2]) * 16 + digit(hex[i * 2 + 1]));
  }
  return out;
}

constexpr long long kAllChunks = std::numeric_limits<long long>::max();
enum class Vectors { kSkip, kLoad };

Result<std::vector<ChunkRecord>> SelectChunks(soci::session& sql, const std::string& ingestion_id,
                                              long long limit, long long offset, Vectors vectors) {
  ChunkRecord row;
  long long index = 0;
  long long page = 0;
  long long begin = 0;
  long long end = 0;
  std::string hex;
  const std::string column = vectors == Vectors::kLoad ? "vector_hex" : "''";
  soci::statement statement =
      (sql.prepare
           << "SELECT ingestion_id, chunk_index, chunk_id, page, byte_begin, byte_end, "
              "chunk_text, embedding_key, " +
                  column +
                  " FROM chunks WHERE ingestion_id = :i ORDER BY chunk_index LIMIT :l OFFSET :o",
       soci::use(ingestion_id), soci::use(limit), soci::use(offset), soci::into(row.ingestion_id),
       soci::into(index), soci::into(row.chunk_id), soci::into(page), soci::into(begin),
       soci::into(end), soci::into(row.chunk_text), soci::into(row.embedding_key), soci::into(hex));
  statement.execute(false);
  std::vector<ChunkRecord> out;
  while (statement.fetch()) {
    row.chunk_index = index;
    row.page = page;
    row.byte_begin = begin;
    row.byte_end = end;
    VG_ASSIGN_OR_RETURN(row.vector, FromHex(hex));
    out.push_back(row);
  }
  return out;
}

void InsertChunks(soci::session& sql, const std::vector<ChunkRecord>& chunks) {
  std::string ingestion_id, chunk_id, text, key, hex;
  long long index = 0, page = 0, begin = 0, end = 0;
  soci::statement insert =
      (sql.prepare << "INSERT INTO chunks (ingestion_id, chunk_index, chunk_id, page, byte_begin, "
                      "byte_end, chunk_text, embedding_key, vector_hex) "
                      "VALUES (:i, :n, :c, :p, :b, :e, :t, :k, :v)",
       soci::use(ingestion_id), soci::use(index), soci::use(chunk_id), soci::use(page),
       soci::use(begin), soci::use(end), soci::use(text), soci::use(key), soci::use(hex));
  for (const ChunkRecord& chunk : chunks) {
    ingestion_id = chunk.ingestion_id;
    index = chunk.chunk_index;
    chunk_id = chunk.chunk_id;
    page = chunk.page;
    begin = chunk.byte_begin;
    end = chunk.byte_end;
    text = chunk.chunk_text;
    key = chunk.embedding_key;
    hex = ToHex(chunk.vector);
    insert.execute(true);
  }
}

std::vector<std::string> SelectTexts(soci::session& sql, const std::string& query,
                                     const std::string& a, const std::string& b) {
  std::string value;
  soci::statement statement =
      (sql.prepare << query, soci::use(a, "a"), soci::use(b, "b"), soci::into(value));
  statement.execute(false);
  std::vector<std::string> out;
  while (statement.fetch()) out.push_back(value);
  return out;
}

bool ContentUsed(soci::session& sql, const std::string& sha) {
  long long found = 0;
  sql << "SELECT count(*) FROM (SELECT 1 FROM ingestions WHERE content_sha256 = :s LIMIT 1) found",
      soci::use(sha), soci::into(found);
  return found != 0;
}

}  // namespace

Result<IngestionRecord> DocumentRecords::Accept(IngestionRecord ingestion, int64_t max_queued) {
  return store_.Read<IngestionRecord>([&](soci::session& sql) -> Result<IngestionRecord> {
    long long queued = 0;
    sql << "SELECT count(*) FROM ingestions WHERE state IN ('accepted', 'running')",
        soci::into(queued);
    if (queued >= max_queued) {
      return ResourceExhausted(std::to_string(queued) + " ingestions wait already, the limit is " +
                                   std::to_string(max_queued) + "; try again later",
                               Subject::kIngestion);
    }
    const long long now = Now();
    sql << "SELECT document_id FROM documents WHERE name = :n", soci::use(ingestion.document),
        soci::into(ingestion.document_id);
    if (!sql.got_data()) {
      ingestion.document_id = NewUuid();
      sql << "INSERT INTO documents (document_id, name, state, created_ms, updated_ms) "
             "VALUES (:i, :n, 'uploaded', :c, :u)",
          soci::use(ingestion.document_id), soci::use(ingestion.document), soci::use(now),
          soci::use(now);
    }
    const std::string format(FormatName(ingestion.format));
    const std::string strategy(ChunkStrategyName(ingestion.chunking.strategy));
    const long long size = ingestion.size_bytes;
    const auto max_tokens = static_cast<long long>(ingestion.chunking.max_tokens);
    const auto overlap = static_cast<long long>(ingestion.chunking.overlap_tokens);
    sql << "INSERT INTO ingestions (ingestion_id, document_id, state, format, content_sha256, "
           "size_bytes, chunk_strategy, chunk_max_tokens, chunk_overlap_tokens, source_metadata, "
           "created_ms, updated_ms) VALUES (:i, :d, 'accepted', :f, :h, :z, :s, :m, :o, :j, :c, "
           ":u)",
        soci::use(ingestion.ingestion_id), soci::use(ingestion.document_id), soci::use(format),
        soci::use(ingestion.content_sha256), soci::use(size), soci::use(strategy),
        soci::use(max_tokens), soci::use(overlap), soci::use(ingestion.source_metadata),
        soci::use(now), soci::use(now);
    UpdateDocumentState(sql, ingestion.document_id);
    return SelectIngestion(sql, ingestion.ingestion_id);
  });
}

Result<std::vector<IngestionRecord>> DocumentRecords::Waiting(int64_t limit) {
  return store_.Read<std::vector<IngestionRecord>>([&](soci::session& sql) {
    const long long count = limit;
    return SelectIngestions(
        sql,
        "WHERE i.state = 'accepted' AND NOT EXISTS (SELECT 1 FROM ingestions o WHERE o.document_id "
        "= "
        "i.document_id AND o.seq < i.seq AND o.state IN ('accepted', 'running')) "
        "ORDER BY i.seq LIMIT :l",
        count);
  });
}

Status DocumentRecords::Move(const std::string& ingestion_id, IngestionEvent event,
                             const std::string& why) {
  return store_.WithTransaction([&](soci::session& sql) -> Status {
    VG_ASSIGN_OR_RETURN(const IngestionRecord found, SelectIngestion(sql, ingestion_id));
    VG_ASSIGN_OR_RETURN(const IngestionState next, Step(found.state, event));
    const std::string state(StateName(next));
    const int started = event == IngestionEvent::kStart ? 1 : 0;
    const long long now = Now();
    sql << "UPDATE ingestions SET state = :s, error = :e, attempts = attempts + :a, updated_ms = "
           ":t "
           "WHERE ingestion_id = :i",
        soci::use(state), soci::use(why), soci::use(started), soci::use(now),
        soci::use(ingestion_id);
    UpdateDocumentState(sql, found.document_id);
    return Ok();
  });
}

Result<IngestionRecord> DocumentRecords::Start(const std::string& ingestion_id) {
  VG_RETURN_IF_ERROR(Move(ingestion_id, IngestionEvent::kStart, ""));
  return GetIngestion(ingestion_id);
}

Status DocumentRecords::Requeue(const std::string& ingestion_id, const std::string& why) {
  return Move(ingestion_id, IngestionEvent::kRequeue, why);
}

Status DocumentRecords::Fail(const std::string& ingestion_id, const std::string& why) {
  return Move(ingestion_id, IngestionEvent::kFail, why);
}

Status DocumentRecords::Complete(const IngestionRecord& ingestion,
                                 const std::vector<ChunkRecord>& chunks) {
  return store_.WithTransaction([&](soci::session& sql) -> Status {
    VG_ASSIGN_OR_RETURN(const IngestionRecord found, SelectIngestion(sql, ingestion.ingestion_id));
    VG_ASSIGN_OR_RETURN(const IngestionState next, Step(found.state, IngestionEvent::kFinish));
    const std::string state(StateName(next));
    const long long pages = ingestion.pages;
    const auto count = static_cast<long long>(chunks.size());
    const long long now = Now();
    sql << "UPDATE ingestions SET state = :s, error = '', title = :n, pages = :p, chunks = :c, "
           "updated_ms = :t WHERE ingestion_id = :i",
        soci::use(state), soci::use(ingestion.title), soci::use(pages), soci::use(count),
        soci::use(now), soci::use(ingestion.ingestion_id);
    sql << "UPDATE ingestions SET retired = 1 WHERE document_id = :d AND ingestion_id <> :i AND "
           "EXISTS (SELECT 1 FROM chunks c WHERE c.ingestion_id = ingestions.ingestion_id)",
        soci::use(found.document_id), soci::use(ingestion.ingestion_id);
    sql << "UPDATE documents SET visible_ingestion_id = :i WHERE document_id = :d",
        soci::use(ingestion.ingestion_id), soci::use(found.document_id);
    InsertChunks(sql, chunks);
    UpdateDocumentState(sql, found.document_id);
    return Ok();
  });
}

Result<int64_t> DocumentRecords::RequeueAllRunning() {
  return store_.Read<int64_t>([](soci::session& sql) -> Result<int64_t> {
    VG_ASSIGN_OR_RETURN(const auto running, SelectIngestions(sql, "WHERE i.state = 'running'"));
    for (const IngestionRecord& ingestion : running) {
      sql << "UPDATE ingestions SET state = 'accepted' WHERE ingestion_id = :i",
          soci::use(ingestion.ingestion_id);
      UpdateDocumentState(sql, ingestion.document_id);
    }
    return static_cast<int64_t>(running.size());
  });
}

Result<IngestionRecord> DocumentRecords::GetIngestion(const std::string& ingestion_id) {
  return store_.Read<IngestionRecord>(
      [&](soci::session& sql) { return SelectIngestion(sql, ingestion_id); });
}

Result<DocumentRecord> DocumentRecords::GetDocument(const std::string& document_id) {
  return store_.Read<DocumentRecord>(
      [&](soci::session& sql) { return SelectDocument(sql, document_id); });
}

Result<DocumentPage> DocumentRecords::ListDocuments(const DocumentFilter& filter) {
  return store_.Read<DocumentPage>([&](soci::session& sql) -> Result<DocumentPage> {
    const std::string& state = filter.state;
    const std::string& name = filter.name_contains;
    const std::string match =
        // Not LIKE, whose signs would have to be escaped; neither database has the other's search.
        "WHERE d.deleting = 0 AND (:a = '' OR d.state = :b) AND (:c = '' OR replace(lower(d.name), "
        "lower(:d), '') <> lower(d.name)) ";
    const long long limit = filter.limit;
    const long long offset = filter.offset;
    DocumentPage out;
    out.documents =
        SelectDocuments(sql, match + "ORDER BY d.created_ms, d.document_id LIMIT :l OFFSET :o",
                        state, state, name, name, limit, offset);
    long long total = 0;
    sql << "SELECT count(*) FROM documents d " + match, soci::use(state), soci::use(state),
        soci::use(name), soci::use(name), soci::into(total);
    out.total = total;
    return out;
  });
}

Result<ChunkPage> DocumentRecords::ListChunks(const std::string& document_id, int64_t limit,
                                              int64_t offset) {
  // In one transaction: a version that becomes visible in between takes the old chunks away.
  return store_.Read<ChunkPage>([&](soci::session& sql) -> Result<ChunkPage> {
    VG_ASSIGN_OR_RETURN(const DocumentRecord document, SelectDocument(sql, document_id));
    ChunkPage out{
        .ingestion_id = document.visible_ingestion_id, .chunks = {}, .total = document.chunks};
    VG_ASSIGN_OR_RETURN(out.chunks,
                        SelectChunks(sql, out.ingestion_id, limit, offset, Vectors::kSkip));
    return out;
  });
}

Result<std::vector<ChunkRecord>> DocumentRecords::LoadChunks(const std::string& ingestion_id) {
  return store_.Read<std::vector<ChunkRecord>>([&](soci::session& sql) {
    return SelectChunks(sql, ingestion_id, kAllChunks, 0, Vectors::kLoad);
  });
}

Result<std::vector<std::string>> DocumentRecords::OtherChunkIds(const std::string& document_id,
                                                                const std::string& ingestion_id) {
  return store_.Read<std::vector<std::string>>(
      [&](soci::session& sql) -> Result<std::vector<std::string>> {
        return SelectTexts(sql,
                           "SELECT c.chunk_id FROM chunks c JOIN ingestions i ON i.ingestion_id = "
                           "c.ingestion_id WHERE i.document_id = :a AND i.ingestion_id <> :b",
                           document_id, ingestion_id);
      });
}

Result<std::optional<std::vector<float>>> DocumentRecords::FindVector(
    const std::string& embedding_key) {
  return store_.Read<std::optional<std::vector<float>>>(
      [&](soci::session& sql) -> Result<std::optional<std::vector<float>>> {
        std::string hex;
        sql << "SELECT vector_hex FROM chunks WHERE embedding_key = :k LIMIT 1",
            soci::use(embedding_key), soci::into(hex);
        if (!sql.got_data()) return std::optional<std::vector<float>>();
        VG_ASSIGN_OR_RETURN(std::vector<float> vector, FromHex(hex));
        return std::optional<std::vector<float>>(std::move(vector));
      });
}

Result<std::vector<IngestionRecord>> DocumentRecords::Retired() {
  return store_.Read<std::vector<IngestionRecord>>(
      [](soci::session& sql) { return SelectIngestions(sql, "WHERE i.retired = 1"); });
}

Status DocumentRecords::DropRetiredChunks(const std::string& ingestion_id) {
  return store_.WithTransaction([&](soci::session& sql) -> Status {
    sql << "DELETE FROM chunks WHERE ingestion_id = :i", soci::use(ingestion_id);
    sql << "UPDATE ingestions SET retired = 0 WHERE ingestion_id = :i", soci::use(ingestion_id);
    return Ok();
  });
}

Status DocumentRecords::MarkDeleting(const std::string& document_id) {
  return store_.WithTransaction([&](soci::session& sql) -> Status {
    if (SelectDocuments(sql, "WHERE d.deleting = 0 AND d.document_id = :i", document_id).empty()) {
      return NotFound("document " + document_id + " does not exist", Subject::kDocument);
    }
    // The name becomes free at once: a new document may have it while this one is cleaned away.
    const std::string tombstone = "deleted " + document_id;
    sql << "UPDATE documents SET deleting = 1, name = :n WHERE document_id = :i",
        soci::use(tombstone), soci::use(document_id);
    return Ok();
  });
}

Result<std::vector<std::string>> DocumentRecords::Deleting() {
  return store_.Read<std::vector<std::string>>(
      [](soci::session& sql) -> Result<std::vector<std::string>> {
        return SelectTexts(
            sql, "SELECT document_id FROM documents WHERE deleting = 1 AND :a = '' AND :b = ''", "",
            "");
      });
}

Result<std::vector<std::string>> DocumentRecords::Purge(const std::string& document_id) {
  return store_.Read<std::vector<std::string>>([&](soci::session& sql)
                                                   -> Result<std::vector<std::string>> {
    const std::vector<std::string> contents = SelectTexts(
        sql, "SELECT DISTINCT content_sha256 FROM ingestions WHERE document_id = :a AND :b = ''",
        document_id, "");
    sql << "DELETE FROM chunks WHERE ingestion_id IN (SELECT ingestion_id FROM ingestions WHERE "
           "document_id = :d)",
        soci::use(document_id);
    sql << "DELETE FROM ingestions WHERE document_id = :d", soci::use(document_id);
    sql << "DELETE FROM documents WHERE document_id = :d", soci::use(document_id);
    std::vector<std::string> unused;
    for (const std::string& sha : contents) {
      if (!ContentUsed(sql, sha)) unused.push_back(sha);
    }
    return unused;
  });
}

Result<std::vector<std::string>> DocumentRecords::PurgeIngestion(const std::string& ingestion_id) {
  return store_.Read<std::vector<std::string>>(
      [&](soci::session& sql) -> Result<std::vector<std::string>> {
        VG_ASSIGN_OR_RETURN(const IngestionRecord found, SelectIngestion(sql, ingestion_id));
        sql << "DELETE FROM chunks WHERE ingestion_id = :i", soci::use(ingestion_id);
        sql << "DELETE FROM ingestions WHERE ingestion_id = :i", soci::use(ingestion_id);
        UpdateDocumentState(sql, found.document_id);
        std::vector<std::string> unused;
        if (!ContentUsed(sql, found.content_sha256)) unused.push_back(found.content_sha256);
        return unused;
      });
}

Result<bool> DocumentRecords::IsContentUsed(const std::string& content_sha256) {
  return store_.Read<bool>(
      [&](soci::session& sql) -> Result<bool> { return ContentUsed(sql, content_sha256); });
}

Result<std::vector<std::pair<std::string, int64_t>>> DocumentRecords::CountByState() {
  using Counts = std::vector<std::pair<std::string, int64_t>>;
  return store_.Read<Counts>([](soci::session& sql) -> Result<Counts> {
    std::string state;
    long long count = 0;
    soci::statement statement =
        (sql.prepare << "SELECT state, count(*) FROM ingestions GROUP BY state ORDER BY state",
         soci::into(state), soci::into(count));
    statement.execute(false);
    Counts out;
    while (statement.fetch()) out.emplace_back(state, count);
    return out;
  });
}

}  // namespace vecgate
