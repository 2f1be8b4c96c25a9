// The collection that this module's own tests write: a key, the version that its row is of, a text
// and a vector.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/check.h"
#include "engine/engine.h"

namespace vecgate::postgres {

inline constexpr CollectionId kNotes{1};
inline constexpr uint32_t kNoteDim = 32;
enum NoteField : size_t { kNoteId, kNoteVersion, kNoteText, kNoteVector };

inline CollectionSchema NoteSchema() {
  const auto field = [](const char* name, DataType type) {
    FieldSchema out;
    out.name = name;
    out.type = type;
    return out;
  };
  CollectionSchema out;
  out.name = "notes";
  out.fields = {field("id", DataType::kInt64), field("version", DataType::kInt64),
                field("text", DataType::kVarChar), field("vector", DataType::kFloatVector)};
  out.fields[kNoteId].is_primary_key = true;
  out.fields[kNoteText].max_length = 64;
  out.fields[kNoteVector].dim = kNoteDim;
  VG_CHECK(FinishSchema(out).ok());
  return out;
}

/// Rows with keys from `first`, all of one version.
inline RowBatch Notes(int64_t first, int64_t count, int64_t version) {
  RowBatch out = MakeBatch(NoteSchema());
  for (int64_t id = first; id < first + count; ++id) {
    out.columns[kNoteId].Append(id);
    out.columns[kNoteVersion].Append(version);
    out.columns[kNoteText].Append("note " + std::to_string(id));
    out.columns[kNoteVector].AppendVector(
        std::vector<float>(kNoteDim, static_cast<float>(id % 1000)));
  }
  return out;
}

inline Result<WriteResult> WriteNotes(Engine& engine, int64_t first, int64_t count, int64_t version,
                                      const OpContext& context = OpContext{}) {
  return engine.Write(context, kNotes, WriteMode::kUpsert, Notes(first, count, version));
}

inline SearchRequest NearNote(float x, uint32_t k = 3) {
  SearchRequest out;
  out.field = kNoteVector;
  out.queries = FloatVectors(kNoteDim, std::vector<float>(kNoteDim, x));
  out.metric = Metric::kL2;
  out.k = k;
  return out;
}

template <typename Outcome>
std::string MessageOf(const Outcome& outcome) {
  return outcome.ok() ? "OK" : outcome.error().message;
}

}  // namespace vecgate::postgres
