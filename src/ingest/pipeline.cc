#include "ingest/pipeline.h"

#include <algorithm>
#include <map>

#include "base/checksum.h"

namespace vecgate {
namespace {

// Texts given to the embedder at once: enough to sort by length, few enough to stop soon.
constexpr size_t kEmbedBatch = 128;

std::vector<ChunkRow> RowsOf(const IngestionRecord& ingestion,
                             const std::vector<ChunkRecord>& chunks) {
  std::vector<ChunkRow> rows;
  rows.reserve(chunks.size());
  for (const ChunkRecord& chunk : chunks) {
    rows.push_back({.chunk_id = chunk.chunk_id,
                    .ingestion_id = ingestion.ingestion_id,
                    .document_id = ingestion.document_id,
                    .document = ingestion.document,
                    .chunk_index = chunk.chunk_index,
                    .chunk_strategy = std::string(ChunkStrategyName(ingestion.chunking.strategy)),
                    .chunk_text = chunk.chunk_text,
                    .source_metadata = ingestion.source_metadata,
                    .page = chunk.page,
                    .byte_begin = chunk.byte_begin,
                    .byte_end = chunk.byte_end});
  }
  return rows;
}

std::vector<float> VectorsOf(const std::vector<ChunkRecord>& chunks) {
  std::vector<float> out;
  for (const ChunkRecord& chunk : chunks) {
    out.insert(out.end(), chunk.vector.begin(), chunk.vector.end());
  }
  return out;
}

}  // namespace

std::string ChunkIdFor(const std::string& ingestion_id, int64_t chunk_index) {
  return ingestion_id + "-" + std::to_string(chunk_index);
}

Status Pipeline::Run(const OpContext& context, const IngestionRecord& ingestion) {
  IngestionRecord done = ingestion;
  VG_ASSIGN_OR_RETURN(std::vector<ChunkRecord> chunks, Prepare(context, done));
  VG_RETURN_IF_ERROR(Embed(context, chunks));
  VG_RETURN_IF_ERROR(Publish(context, done, chunks));
  return CleanRetired(context);
}

Result<std::vector<ChunkRecord>> Pipeline::Prepare(const OpContext& context,
                                                   IngestionRecord& ingestion) {
  VG_ASSIGN_OR_RETURN(const std::string bytes, parts_.blobs.Get(ingestion.content_sha256));
  VG_ASSIGN_OR_RETURN(const Document document, parts_.extract(context, ingestion.format, bytes));
  ingestion.title = document.title;
  ingestion.pages = static_cast<int64_t>(document.pages.size());
  const std::vector<ByteRange> tokens = parts_.embedder.Tokens(document.text);
  const std::vector<Chunk> chunks =
      ChunkText(document.text, tokens, document.pages, ingestion.chunking);
  if (chunks.empty()) {
    return InvalidArgument("the document holds no text (a scanned PDF needs OCR first)",
                           Subject::kDocument);
  }
  std::vector<ChunkRecord> out;
  out.reserve(chunks.size());
  for (const Chunk& chunk : chunks) {
    const std::string text = document.text.substr(chunk.bytes.begin, chunk.bytes.size());
    out.push_back({.ingestion_id = ingestion.ingestion_id,
                   .chunk_index = chunk.index,
                   .chunk_id = ChunkIdFor(ingestion.ingestion_id, chunk.index),
                   .page = chunk.page,
                   .byte_begin = static_cast<int64_t>(chunk.bytes.begin),
                   .byte_end = static_cast<int64_t>(chunk.bytes.end),
                   .chunk_text = text,
                   .embedding_key = std::string(parts_.embedder.name()) + ":" + Sha256Hex(text),
                   .vector = {}});
  }
  return out;
}

Status Pipeline::Embed(const OpContext& context, std::vector<ChunkRecord>& chunks) {
  // The same text is embedded once, whether it stands twice in here or in what is stored.
  std::map<std::string, std::vector<float>> known;
  std::vector<std::string> missing_keys;
  std::vector<std::string> missing_texts;
  for (const ChunkRecord& chunk : chunks) {
    if (known.contains(chunk.embedding_key)) continue;
    VG_ASSIGN_OR_RETURN(auto stored, parts_.records.FindVector(chunk.embedding_key));
    const bool usable = stored && stored->size() == parts_.embedder.dimension();
    known[chunk.embedding_key] = usable ? std::move(*stored) : std::vector<float>();
    if (usable) continue;
    missing_keys.push_back(chunk.embedding_key);
    missing_texts.push_back(chunk.chunk_text);
  }
  const size_t dim = parts_.embedder.dimension();
  for (size_t first = 0; first < missing_texts.size(); first += kEmbedBatch) {
    VG_RETURN_IF_ERROR(context.Check());
    const size_t count = std::min(kEmbedBatch, missing_texts.size() - first);
    VG_ASSIGN_OR_RETURN(
        const std::vector<float> vectors,
        parts_.embedder.EmbedBatch(context, std::span(missing_texts).subspan(first, count)));
    for (size_t i = 0; i < count; ++i) {
      known[missing_keys[first + i]].assign(
          vectors.begin() + static_cast<ptrdiff_t>(i * dim),
          vectors.begin() + static_cast<ptrdiff_t>((i + 1) * dim));
    }
  }
  for (ChunkRecord& chunk : chunks) chunk.vector = known[chunk.embedding_key];
  return Ok();
}

Status Pipeline::Publish(const OpContext& context, const IngestionRecord& ingestion,
                         const std::vector<ChunkRecord>& chunks) {
  VG_ASSIGN_OR_RETURN(const auto pass, parts_.gate.Enter(context, ingestion.document_id));
  // Inside the gate: a deletion either came before, and is seen here, or comes after.
  VG_RETURN_IF_ERROR(parts_.records.GetIngestion(ingestion.ingestion_id));
  VG_ASSIGN_OR_RETURN(const std::vector<std::string> old_ids,
                      parts_.records.OtherChunkIds(ingestion.document_id, ingestion.ingestion_id));
  VG_RETURN_IF_ERROR(
      parts_.index.Switch(context, RowsOf(ingestion, chunks), VectorsOf(chunks), old_ids));
  return parts_.records.Complete(ingestion, chunks);
}

Status Pipeline::TakeBack(const OpContext& context, const IngestionRecord& ingestion) {
  VG_ASSIGN_OR_RETURN(const auto pass, parts_.gate.Enter(context, ingestion.document_id));
  const Result<DocumentRecord> document = parts_.records.GetDocument(ingestion.document_id);
  if (!document.ok() && document.error().code != Code::kNotFound) return document.error();
  if (document.ok() && document->visible_ingestion_id == ingestion.ingestion_id) return Ok();
  if (document.ok() && !document->visible_ingestion_id.empty()) {
    VG_ASSIGN_OR_RETURN(const IngestionRecord visible,
                        parts_.records.GetIngestion(document->visible_ingestion_id));
    VG_ASSIGN_OR_RETURN(const auto chunks, parts_.records.LoadChunks(visible.ingestion_id));
    VG_RETURN_IF_ERROR(
        parts_.index.Switch(context, RowsOf(visible, chunks), VectorsOf(chunks), {}));
  }
  return parts_.index.DeleteIngestion(context, ingestion.ingestion_id);
}

Status Pipeline::CleanRetired(const OpContext& context) {
  VG_ASSIGN_OR_RETURN(const auto retired, parts_.records.Retired());
  for (const IngestionRecord& ingestion : retired) {
    VG_RETURN_IF_ERROR(context.Check());
    VG_ASSIGN_OR_RETURN(const auto pass, parts_.gate.Enter(context, ingestion.document_id));
    VG_RETURN_IF_ERROR(parts_.index.DeleteIngestion(context, ingestion.ingestion_id));
    VG_RETURN_IF_ERROR(parts_.records.DropRetiredChunks(ingestion.ingestion_id));
  }
  return Ok();
}

}  // namespace vecgate
