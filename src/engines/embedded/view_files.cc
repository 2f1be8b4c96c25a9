#include "engines/embedded/view_files.h"

#include <filesystem>

#include "base/bytes.h"
#include "base/uuid.h"
#include "engines/embedded/stored_vectors.h"
#include "engines/embedded/vector_index.h"
#include "index/section_file.h"

namespace vecgate::embedded {
namespace {

constexpr char kCurrentKind[] = "VGCURREN";
constexpr char kScalarsKind[] = "VGSCALAR";
constexpr uint32_t kVersion = 1;
constexpr size_t kRowsPerChunk = 8192;

std::string VectorsPath(const std::string& folder, size_t field) {
  return folder + "/" + std::to_string(field) + ".vectors";
}
std::string ScalarsPath(const std::string& folder) { return folder + "/scalars"; }
std::string CurrentPath(const std::string& directory) { return directory + "/CURRENT"; }

std::string_view BytesOf(const ByteWriter& writer) { return writer.bytes(); }

Status SaveScalars(const std::string& folder, const std::string& tag, const ReadState& state) {
  ByteWriter meta;
  meta.PutString(tag);
  meta.Put(state.sequence);
  meta.Put(static_cast<uint64_t>(state.num_slots()));
  ByteWriter partitions;
  ByteWriter values;
  for (const auto& chunk : state.scalars.chunks()) {
    for (size_t row = 0; row < chunk->rows(); ++row) {
      partitions.Put(ToNumber(chunk->partitions[row]));
      for (const Column& column : chunk->columns) {
        if (!IsVector(column.type())) column.EncodeRow(row, values);
      }
    }
  }
  ByteWriter alive;
  for (size_t slot = 0; slot < state.num_slots(); ++slot) {
    alive.Put(static_cast<uint8_t>(state.IsVisible(static_cast<index::Slot>(slot)) ? 1 : 0));
  }
  const index::SectionSource sections[] = {
      {{BytesOf(partitions)}, 0}, {{BytesOf(alive)}, 0}, {{BytesOf(values)}, 0}};
  return index::WriteSectionFile(ScalarsPath(folder), kScalarsKind, kVersion, meta.bytes(),
                                 sections);
}

Status SaveInto(const std::string& folder, const std::string& tag, const CollectionSchema& schema,
                const ReadState& state) {
  VG_RETURN_IF_ERROR(SaveScalars(folder, tag, state));
  for (const size_t field : schema.VectorFields()) {
    VG_RETURN_IF_ERROR(
        state.slots->arenas[field]->Save(VectorsPath(folder, field), state.num_slots(), tag));
  }
  return Ok();
}

void RemoveOthers(const std::string& directory, const std::string& kept) {
  // What cannot be removed now is tried again after the next snapshot.
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    if (!entry.is_directory() || entry.path().filename() == kept) continue;
    std::filesystem::remove_all(entry.path(), ignored);
  }
}

Status LoadScalars(const CollectionSchema& schema, LoadedView& view) {
  VG_ASSIGN_OR_RETURN(const index::SectionFile file,
                      index::OpenSectionFile(ScalarsPath(view.folder), kScalarsKind, kVersion));
  ByteReader meta(file.meta);
  VG_ASSIGN_OR_RETURN(const std::string_view tag, meta.GetString());
  VG_ASSIGN_OR_RETURN(view.sequence, meta.Get<uint64_t>());
  VG_ASSIGN_OR_RETURN(const uint64_t slots, meta.Get<uint64_t>());
  if (tag != view.tag || file.sections.size() != 3 || slots > index::kMostRows ||
      file.sections[0].used_bytes != slots * sizeof(uint32_t) ||
      file.sections[1].used_bytes != slots) {
    return DataLoss("its scalars do not fit " + std::to_string(slots) + " slots");
  }
  ByteReader partitions({file.sections[0].data, file.sections[0].used_bytes});
  ByteReader values({file.sections[2].data, file.sections[2].used_bytes});
  view.alive = filter::Bitset(slots);
  RowBatch batch = MakeBatch(schema);
  std::vector<uint32_t> all;
  for (size_t slot = 0; slot < slots; ++slot) {
    if (file.sections[1].data[slot] != 0) view.alive.Set(slot);
    VG_ASSIGN_OR_RETURN(const uint32_t partition, partitions.Get<uint32_t>());
    batch.row_partitions.push_back(PartitionId{partition});
    for (Column& column : batch.columns) {
      if (!IsVector(column.type())) VG_RETURN_IF_ERROR(column.DecodeRow(values));
    }
    all.push_back(static_cast<uint32_t>(all.size()));
    if (all.size() == kRowsPerChunk || slot + 1 == slots) {
      view.scalars = view.scalars.With(batch, all);
      batch = MakeBatch(schema);
      all.clear();
    }
  }
  return Ok();
}

Status LoadVectors(const CollectionSchema& schema, LoadedView& view) {
  view.slots = std::make_shared<Slots>(schema);
  for (const size_t field : schema.VectorFields()) {
    const FieldSchema& vectors = schema.fields[field];
    VG_ASSIGN_OR_RETURN(index::VectorArena::Opened opened,
                        index::VectorArena::Open(VectorsPath(view.folder, field),
                                                 WordsPerRow(vectors), WordsOf(vectors)));
    if (opened.tag != view.tag || opened.slots != view.scalars.rows()) {
      return DataLoss("its vectors belong to another snapshot");
    }
    view.slots->arenas[field] = std::move(opened.arena);
  }
  return view.slots->Reserve(view.scalars.rows());
}

}  // namespace

std::string GraphPath(const std::string& folder, size_t field) {
  return folder + "/" + std::to_string(field) + ".hnsw";
}

std::string GraphTag(const std::string& tag, Metric metric) {
  return tag + " " + std::string(MetricName(metric));
}

Result<SavedView> SaveView(const std::string& directory, const CollectionSchema& schema,
                           const CurrentState& current) {
  const std::string tag = NewUuid();
  const std::string folder = directory + "/" + tag;
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    return Unavailable("cannot create " + folder + ": " + failed.message(), Subject::kStorage);
  }
  Status saved;
  const std::shared_ptr<const ReadState> before = current();
  for (const auto& index : before->indexes) {
    if (index == nullptr || !saved.ok()) continue;
    const IndexSpec& spec = index->spec();
    saved = index->Save(GraphPath(folder, spec.field), GraphTag(tag, spec.metric));
  }
  const std::shared_ptr<const ReadState> state = current();
  if (saved.ok()) saved = SaveInto(folder, tag, schema, *state);
  if (saved.ok()) {
    saved = index::WriteSectionFile(CurrentPath(directory), kCurrentKind, kVersion, tag, {});
  }
  if (!saved.ok()) {
    std::filesystem::remove_all(folder, failed);
    return saved.error();
  }
  RemoveOthers(directory, tag);
  return SavedView{state, folder};
}

Status MoveToFiles(const SavedView& view) {
  for (const auto& index : view.state->indexes) {
    if (index == nullptr || !index->wants_vectors_in_file()) continue;
    const size_t field = index->spec().field;
    VG_RETURN_IF_ERROR(index->MoveToFile(GraphPath(view.folder, field)));
    VG_RETURN_IF_ERROR(view.state->slots->arenas[field]->MoveToFile(VectorsPath(view.folder, field),
                                                                    view.state->num_slots()));
  }
  return Ok();
}

Result<LoadedView> LoadView(const std::string& directory, const CollectionSchema& schema) {
  VG_ASSIGN_OR_RETURN(const index::SectionFile current,
                      index::OpenSectionFile(CurrentPath(directory), kCurrentKind, kVersion));
  LoadedView view;
  view.tag = current.meta;
  view.folder = directory + "/" + view.tag;
  const auto as_damage = [&](const Error& error) {
    return DataLoss("snapshot " + view.folder + ": " + error.message, Subject::kStorage);
  };
  if (auto loaded = LoadScalars(schema, view); !loaded.ok()) return as_damage(loaded.error());
  if (auto loaded = LoadVectors(schema, view); !loaded.ok()) return as_damage(loaded.error());
  return view;
}

}  // namespace vecgate::embedded
