#include "engines/embedded/scalar_rows.h"

#include <algorithm>

namespace vecgate::embedded {
namespace {

constexpr size_t kMostRowsMerged = 8192;

std::shared_ptr<ScalarChunk> Merge(const ScalarChunk& first, const ScalarChunk& second) {
  auto merged = std::make_shared<ScalarChunk>();
  merged->begin = first.begin;
  merged->one_partition = first.one_partition && second.one_partition &&
                          first.partitions.front() == second.partitions.front();
  merged->partitions = first.partitions;
  merged->partitions.insert(merged->partitions.end(), second.partitions.begin(),
                            second.partitions.end());
  for (size_t field = 0; field < first.columns.size(); ++field) {
    Column column = first.columns[field];
    if (!IsVector(column.type())) {
      for (size_t row = 0; row < second.rows(); ++row) {
        column.AppendFrom(second.columns[field], row);
      }
    }
    merged->columns.push_back(std::move(column));
  }
  return merged;
}

}  // namespace

size_t ScalarChunk::SizeBytes() const {
  size_t bytes = partitions.size() * sizeof(PartitionId);
  for (const Column& column : columns) bytes += column.SizeBytes();
  return bytes;
}

const ScalarChunk& ScalarRows::ChunkOf(index::Slot slot) const {
  const auto after =
      std::upper_bound(chunks_.begin(), chunks_.end(), slot,
                       [](index::Slot wanted, const auto& chunk) { return wanted < chunk->begin; });
  return **(after - 1);
}

bool ScalarRows::HasKey(index::Slot slot, size_t key_field, const PrimaryKey& key) const {
  const ScalarChunk& chunk = ChunkOf(slot);
  const Column& keys = chunk.columns[key_field];
  const size_t row = slot - chunk.begin;
  if (const auto* number = std::get_if<int64_t>(&key)) {
    return keys.type() == DataType::kInt64 && keys.As<int64_t>()[row] == *number;
  }
  return keys.type() == DataType::kVarChar &&
         keys.As<std::string>()[row] == std::get<std::string>(key);
}

size_t ScalarRows::SizeBytes() const {
  size_t bytes = 0;
  for (const auto& chunk : chunks_) bytes += chunk->SizeBytes();
  return bytes;
}

size_t ScalarRows::IndexBytes() const {
  size_t bytes = 0;
  for (const auto& parts : parts_) {
    if (parts == nullptr) continue;
    for (const auto& part : *parts) bytes += part != nullptr ? part->SizeBytes() : 0;
  }
  return bytes;
}

std::vector<ScalarIndexPart> ScalarRows::MissingParts(const std::vector<size_t>& fields,
                                                      size_t least_rows, size_t most) const {
  std::vector<ScalarIndexPart> missing;
  for (size_t i = 0; i < chunks_.size(); ++i) {
    if (chunks_[i]->rows() < least_rows) continue;
    for (const size_t field : fields) {
      if (missing.size() == most) return missing;
      if (parts_[i] == nullptr || (*parts_[i])[field] == nullptr) {
        missing.push_back({chunks_[i], field});
      }
    }
  }
  return missing;
}

ScalarRows ScalarRows::WithParts(const std::vector<ScalarIndexPart>& parts) const {
  ScalarRows out = *this;
  for (const ScalarIndexPart& part : parts) {
    const auto chunk = std::find(out.chunks_.begin(), out.chunks_.end(), part.chunk);
    if (chunk == out.chunks_.end()) continue;
    auto& parts_of_chunk = out.parts_[static_cast<size_t>(chunk - out.chunks_.begin())];
    IndexParts attached =
        parts_of_chunk != nullptr ? *parts_of_chunk : IndexParts(part.chunk->columns.size());
    attached[part.field] = part.index;
    parts_of_chunk = std::make_shared<const IndexParts>(std::move(attached));
  }
  return out;
}

ScalarRows ScalarRows::WithoutIndex(size_t field) const {
  ScalarRows out = *this;
  for (auto& parts : out.parts_) {
    if (parts == nullptr) continue;
    IndexParts left = *parts;
    left[field] = nullptr;
    const bool none =
        std::all_of(left.begin(), left.end(), [](const auto& part) { return part == nullptr; });
    parts = none ? nullptr : std::make_shared<const IndexParts>(std::move(left));
  }
  return out;
}

ScalarRows ScalarRows::With(const RowBatch& batch, const std::vector<uint32_t>& kept) const {
  ScalarRows out = *this;
  const std::span<const uint32_t> rows(kept);
  constexpr size_t kMost = filter::ColumnIndex::kMostRows;
  for (size_t at = 0; at < rows.size(); at += kMost) {
    out.Append(batch, rows.subspan(at, std::min(kMost, rows.size() - at)));
  }
  return out;
}

void ScalarRows::Append(const RowBatch& batch, std::span<const uint32_t> kept) {
  auto added = std::make_shared<ScalarChunk>();
  added->begin = static_cast<index::Slot>(rows_);
  for (const Column& column : batch.columns) {
    added->columns.push_back(IsVector(column.type()) ? column.EmptyLike() : column.Gather(kept));
  }
  for (const uint32_t row : kept) {
    added->partitions.push_back(batch.PartitionOf(row));
    added->one_partition &= added->partitions.back() == added->partitions.front();
  }
  rows_ += kept.size();
  while (!chunks_.empty() && chunks_.back()->rows() < 2 * added->rows() &&
         chunks_.back()->rows() + added->rows() <= kMostRowsMerged) {
    added = Merge(*chunks_.back(), *added);
    chunks_.pop_back();
    parts_.pop_back();
  }
  chunks_.push_back(std::move(added));
  parts_.emplace_back();
}

}  // namespace vecgate::embedded
