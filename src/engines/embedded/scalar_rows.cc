#include "engines/embedded/scalar_rows.h"

#include <algorithm>

namespace vecgate::embedded {
namespace {

constexpr size_t kMostRowsMerged = 8192;

std::shared_ptr<ScalarChunk> Merge(const ScalarChunk& first, const ScalarChunk& second) {
  auto merged = std::make_shared<ScalarChunk>();
  merged->begin = first.begin;
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

size_t ScalarRows::SizeBytes() const {
  size_t bytes = 0;
  for (const auto& chunk : chunks_) bytes += chunk->SizeBytes();
  return bytes;
}

ScalarRows ScalarRows::With(const RowBatch& batch, const std::vector<uint32_t>& kept) const {
  auto added = std::make_shared<ScalarChunk>();
  added->begin = static_cast<index::Slot>(rows_);
  for (const Column& column : batch.columns) {
    added->columns.push_back(IsVector(column.type()) ? column.EmptyLike() : column.Gather(kept));
  }
  for (const uint32_t row : kept) added->partitions.push_back(batch.PartitionOf(row));
  ScalarRows out = *this;
  out.rows_ += kept.size();
  while (!out.chunks_.empty() && out.chunks_.back()->rows() < 2 * added->rows() &&
         out.chunks_.back()->rows() + added->rows() <= kMostRowsMerged) {
    added = Merge(*out.chunks_.back(), *added);
    out.chunks_.pop_back();
  }
  out.chunks_.push_back(std::move(added));
  return out;
}

}  // namespace vecgate::embedded
