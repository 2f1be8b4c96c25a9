#include "engines/embedded/vector_index.h"

#include <algorithm>

#include "base/check.h"
#include "engines/embedded/index_factory.h"
#include "index/mapped_memory.h"

namespace vecgate::embedded {
namespace {

// Small enough that builders share the work and give way soon.
constexpr index::Slot kSlotsAdded = 64;
constexpr index::Slot kSlotsEncoded = 512;

}  // namespace

index::Metric ToIndexMetric(Metric metric) {
  switch (metric) {
    case Metric::kL2: return index::Metric::kL2;
    case Metric::kInnerProduct: return index::Metric::kInnerProduct;
    case Metric::kHamming: return index::Metric::kHamming;
    case Metric::kJaccard: return index::Metric::kJaccard;
    case Metric::kCosine: break;
  }
  return index::Metric::kCosine;
}

Status VectorIndex::Check(const IndexSpec& spec, size_t dim) {
  const index::VectorArena none(dim);
  const auto made = MakeIndex(spec, index::VectorSpace(ToIndexMetric(spec.metric), none));
  return made.ok() ? Ok() : Status(made.error());
}

VectorIndex::VectorIndex(IndexSpec spec, std::shared_ptr<Slots> slots, size_t begin_at_rows)
    : spec_(std::move(spec)), slots_(std::move(slots)), begin_at_rows_(begin_at_rows) {
  const index::VectorSpace space(ToIndexMetric(spec_.metric), *slots_->arenas[spec_.field]);
  auto made = MakeIndex(spec_, space);
  VG_CHECK(made.ok());
  ann_ = std::move(made->ann);
  vectors_in_file_ = made->vectors_in_file;
}

size_t VectorIndex::RowsToBegin() const { return std::max(begin_at_rows_, ann_->training_rows()); }

bool VectorIndex::IsBehind(size_t num_slots) const {
  if (ann_ == nullptr || upto() >= num_slots) return false;
  return trained_ || num_slots >= RowsToBegin();
}

bool VectorIndex::HasUnclaimed(size_t num_slots) const {
  if (!trained_ || savers_.load() > 0) return false;
  return adding_.next() + kSlotsAdded < num_slots;
}

// On rows spread evenly over those there are; the first are as good a sample as any when rows come
// in no particular order.
Status VectorIndex::TrainOnce(const ReadState& state) {
  constexpr size_t kMostTrainingRows = 65'536;
  const std::lock_guard lock(training_);
  if (trained_) return Ok();
  const index::VectorArena& arena = *slots_->arenas[spec_.field];
  const index::VectorSpace space(ToIndexMetric(spec_.metric), arena);
  const size_t step = (state.num_slots() + kMostTrainingRows - 1) / kMostTrainingRows;
  const size_t count = (state.num_slots() + step - 1) / step;
  // A hundred megabytes at 384 dimensions: mapped, they are gone at once and refused in order.
  VG_ASSIGN_OR_RETURN(const auto memory,
                      index::MappedMemory::Zeroed(count * arena.dim() * sizeof(float)));
  auto* const sample = reinterpret_cast<float*>(memory.data());
  for (size_t i = 0; i < count; ++i) {
    const auto row = space.Prepare({arena.Row(static_cast<index::Slot>(i * step)), arena.dim()});
    std::copy(row.begin(), row.end(), sample + i * arena.dim());
  }
  VG_RETURN_IF_ERROR(ann_->Train(sample, count));
  trained_ = true;
  return Ok();
}

Result<bool> VectorIndex::BuildSome(const ReadState& state) {
  if (!IsBehind(state.num_slots()) || savers_.load() > 0) return false;
  const std::shared_lock building(building_);
  if (!trained_) VG_RETURN_IF_ERROR(TrainOnce(state));
  VG_RETURN_IF_ERROR(ann_->Reserve(state.num_slots()));
  if (EncodeSome(static_cast<index::Slot>(state.num_slots()))) return true;
  return AddSome(state);
}

bool VectorIndex::EncodeSome(index::Slot end) {
  const SlotClaims::Claim claim = encoding_.Take(end, kSlotsEncoded);
  if (claim.first == claim.second) return false;
  for (index::Slot slot = claim.first; slot < claim.second; ++slot) ann_->Encode(slot);
  encoding_.Finish(claim);
  return true;
}

Result<bool> VectorIndex::AddSome(const ReadState& state) {
  const auto end = std::min(encoded_upto(), static_cast<index::Slot>(state.num_slots()));
  const SlotClaims::Claim claim = adding_.Take(end, kSlotsAdded);
  if (claim.first == claim.second) return false;
  Status added;
  for (index::Slot slot = claim.first; slot < claim.second && added.ok(); ++slot) {
    // A version that is dead in a published state is invisible to every search that reads upto()
    // after it passed this slot, because such a search takes its state later still.
    if (state.IsVisible(slot)) added = ann_->Add(slot);
  }
  // After a failure the claim stays open for ever: its slots and all later ones are then scanned,
  // which is slow and right.
  VG_RETURN_IF_ERROR(added);
  adding_.Finish(claim);
  return true;
}

Result<bool> VectorIndex::TakeOver(const OpContext& context, const VectorIndex& old,
                                   const ReadState& state, std::span<const index::Slot> from) {
  if (from.empty() || !IsBehind(state.num_slots())) return false;
  VG_RETURN_IF_ERROR(TrainOnce(state));
  VG_RETURN_IF_ERROR(ann_->Reserve(state.num_slots()));
  while (EncodeSome(static_cast<index::Slot>(state.num_slots()))) {
    VG_RETURN_IF_ERROR(context.Check());
  }
  VG_ASSIGN_OR_RETURN(const bool taken, ann_->TakeOver(context, *old.ann_, from));
  if (taken) adding_.StartAt(static_cast<index::Slot>(from.size()));
  return taken;
}

Status VectorIndex::Save(const std::string& path, const std::string& tag) {
  if (ann_ == nullptr || !trained_) return Ok();
  savers_.fetch_add(1);
  Status saved;
  {
    const std::unique_lock building(building_);
    saved_slots_ = upto();
    saved = ann_->Save(path, saved_slots_, tag);
  }
  savers_.fetch_sub(1);
  return saved;
}

Status VectorIndex::MoveToFile(const std::string& path) {
  if (ann_ == nullptr || saved_slots_ == 0) return Ok();
  return ann_->MoveToFile(path, saved_slots_);
}

Status VectorIndex::Load(const std::string& path, const std::string& tag, size_t most_slots) {
  if (ann_ == nullptr) return Ok();
  const auto loaded = ann_->Load(path);
  if (!loaded.ok()) {
    const bool not_begun = loaded.error().code == Code::kNotFound && most_slots < RowsToBegin();
    return not_begun ? Ok() : Status(loaded.error());
  }
  if (loaded->tag != tag || loaded->slots > most_slots) {
    return DataLoss(path + ": it belongs to another snapshot", Subject::kStorage);
  }
  encoding_.StartAt(static_cast<index::Slot>(loaded->slots));
  adding_.StartAt(static_cast<index::Slot>(loaded->slots));
  trained_ = true;
  return Ok();
}

}  // namespace vecgate::embedded
