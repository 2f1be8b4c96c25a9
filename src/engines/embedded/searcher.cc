#include "engines/embedded/searcher.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/bytes.h"
#include "engines/embedded/selection.h"
#include "engines/embedded/stored_vectors.h"
#include "index/ann_index.h"
#include "index/flat_scan.h"

namespace vecgate::embedded {
namespace {

using index::Neighbor;
using index::Slot;

constexpr uint32_t kDefaultEf = 96;
constexpr size_t kWidestEf = 8192;
/// Codes that a scan compares in the time that a walk takes for one entry of its candidate list:
/// 4 ns a code in order of slots, 400 ns an entry, measured on 384-d text embeddings with M = 16.
constexpr size_t kScannedPerEf = 100;

std::string GroupKey(const ReadState& state, size_t field, Slot slot) {
  const ScalarChunk& chunk = state.scalars.ChunkOf(slot);
  ByteWriter key;
  chunk.columns[field].EncodeRow(slot - chunk.begin, key);
  return key.Take();
}

}  // namespace

Searcher::Searcher(const OpContext& context, const SearchView& view, const SearchRequest& request,
                   const CollectionSchema& schema, size_t exact_below_rows)
    : context_(context),
      view_(view),
      state_(*view.state),
      request_(request),
      schema_(schema),
      exact_below_rows_(exact_below_rows),
      key_field_(schema.PrimaryKeyIndex()),
      space_(ToIndexMetric(request.metric), *view.state->slots->arenas[request.field]),
      wanted_(size_t{request.k} + request.offset) {
  if (view.index != nullptr && view.index->spec().metric == request.metric) {
    ann_ = view.index->ann();
  }
  all_visible_ = state_.live_rows == state_.num_slots();
}

Result<SearchResult> Searcher::Run() {
  VG_RETURN_IF_ERROR(context_.Check());
  const RowSelection& selection = request_.selection;
  matching_ = state_.live_rows;
  if (selection.filter != nullptr || !selection.partitions.empty()) {
    VG_ASSIGN_OR_RETURN(selected_, Select(context_, state_, selection));
    matching_ = selected_->Count();
  }
  SearchResult result;
  result.keys = schema_.fields[key_field_].MakeColumn();
  result.columns = MakeColumns(schema_, request_.output_fields);
  if (request_.group_by.has_value()) {
    result.groups = schema_.fields[request_.group_by->field].MakeColumn();
  }
  std::vector<float> scratch;
  for (size_t row = 0; row < request_.queries.num_rows(); ++row) {
    VG_ASSIGN_OR_RETURN(const Neighbors hits, SearchOne(ToStored(request_.queries, row, scratch)));
    Append(hits, result);
  }
  return result;
}

Result<Searcher::Neighbors> Searcher::SearchOne(std::span<const float> query) {
  const std::vector<float> prepared = space_.Prepare(query);
  if (ann_ != nullptr && view_.encoded_upto > 0 && !ExactIsCheaper()) {
    VG_ASSIGN_OR_RETURN(const Part pending, Pending(prepared.data()));
    std::optional<Neighbors> found;
    if (!ScanIsCheaper()) {
      VG_ASSIGN_OR_RETURN(found, ByIndex(prepared.data(), pending));
    }
    if (!found.has_value()) {
      VG_ASSIGN_OR_RETURN(found, ByScan(prepared.data(), pending));
    }
    if (found.has_value()) return std::move(*found);
  }
  return Exact(prepared.data());
}

bool Searcher::ExactIsCheaper() const {
  return matching_ == 0 || (exact_below_rows_ > 0 && matching_ <= exact_below_rows_);
}

size_t Searcher::Ef() const { return std::max<size_t>(request_.ef.value_or(kDefaultEf), wanted_); }

bool Searcher::ScanIsCheaper() const {
  if (exact_below_rows_ == 0) return false;
  // Dead slots and those not selected are passed over alike.
  const double share = static_cast<double>(matching_) / static_cast<double>(state_.num_slots());
  return static_cast<double>(matching_) < static_cast<double>(kScannedPerEf * Ef()) / share;
}

size_t Searcher::HitsOf(size_t candidates) const {
  const bool some_may_not_count = request_.group_by.has_value() || request_.after.has_value() ||
                                  request_.radius.has_value() || request_.range_filter.has_value();
  return some_may_not_count ? candidates : wanted_;
}

bool Searcher::Accepts(Slot slot) const {
  if (all_visible_ && !selected_.has_value()) return slot < state_.num_slots();
  return selected_.has_value() ? slot < selected_->size() && selected_->Test(slot)
                               : state_.IsVisible(slot);
}

size_t Searcher::NextAccepted(size_t at) const {
  if (selected_.has_value()) return selected_->NextSet(at);
  while (at < state_.num_slots() && !Accepts(static_cast<Slot>(at))) ++at;
  return at;
}

bool Searcher::Better(const Neighbor& a, const Neighbor& b) const {
  if (a.distance != b.distance) return a.distance < b.distance;
  if (a.slot == b.slot) return false;
  return state_.scalars.KeyAt(a.slot, key_field_) < state_.scalars.KeyAt(b.slot, key_field_);
}

float Searcher::ScoreOf(const Neighbor& hit) const {
  return LargerIsBetter(request_.metric) ? -hit.distance : hit.distance;
}

bool Searcher::BeyondRange(const Neighbor& hit) const {
  if (!request_.radius.has_value()) return false;
  const float score = ScoreOf(hit);
  return LargerIsBetter(request_.metric) ? score <= *request_.radius : score >= *request_.radius;
}

bool Searcher::Passes(const Neighbor& hit) const {
  if (BeyondRange(hit)) return false;
  const float score = ScoreOf(hit);
  if (request_.range_filter.has_value()) {
    const bool too_near = LargerIsBetter(request_.metric) ? score > *request_.range_filter
                                                          : score < *request_.range_filter;
    if (too_near) return false;
  }
  if (!request_.after.has_value()) return true;
  if (score != request_.after->score) {
    return IsBetter(request_.metric, request_.after->score, score);
  }
  return request_.after->key < state_.scalars.KeyAt(hit.slot, key_field_);
}

Result<Searcher::Neighbors> Searcher::Exact(const float* query) const {
  const auto better = [this](const Neighbor& a, const Neighbor& b) { return Better(a, b); };
  // Groups need every hit, because one near group may fill any number of places.
  const size_t limit = request_.group_by.has_value() ? matching_ : std::min(wanted_, matching_);
  index::TopK best(limit, better);
  size_t at = 0;
  const auto next = [&](Slot& slot) {
    at = NextAccepted(at);
    slot = static_cast<Slot>(at);
    return at++ < state_.num_slots();
  };
  VG_RETURN_IF_ERROR(index::FlatScan(context_, space_, query, next, [&](const Neighbor& found) {
    if (Passes(found)) best.Offer(found);
  }));
  return Cut(best.Take()).hits;
}

Result<Searcher::Part> Searcher::Pending(const float* query) const {
  Part part;
  size_t at = view_.upto;
  // Fewer are compared exactly in less time than it takes to prepare the query for codes.
  constexpr size_t kFew = 256;
  if (view_.encoded_upto > view_.upto + kFew) {
    VG_ASSIGN_OR_RETURN(part, ScanCodes(query, view_.upto, view_.encoded_upto));
    at = view_.encoded_upto;
  }
  const auto next = [&](Slot& slot) {
    at = NextAccepted(at);
    slot = static_cast<Slot>(at);
    return at++ < state_.num_slots();
  };
  VG_RETURN_IF_ERROR(index::FlatScan(context_, space_, query, next,
                                     [&](const Neighbor& found) { part.hits.push_back(found); }));
  return part;
}

Result<Searcher::Part> Searcher::ScanCodes(const float* query, size_t begin, size_t end) const {
  size_t at = begin;
  const auto next = [&](Slot& slot) {
    at = NextAccepted(at);
    slot = static_cast<Slot>(at);
    return at++ < end;
  };
  const size_t hits = HitsOf(kWidestEf);
  VG_ASSIGN_OR_RETURN(index::AnnResult result, ann_->Scan(context_, query, hits, next));
  const bool all = result.hits.size() < hits;
  const float horizon = all ? kNowhere : result.hits.back().distance;
  return Part{std::move(result.hits), horizon};
}

std::optional<Searcher::Neighbors> Searcher::Merged(Part found, const Part& pending) const {
  Neighbors merged = std::move(found.hits);
  merged.insert(merged.end(), pending.hits.begin(), pending.hits.end());
  float horizon = std::min(found.horizon, pending.horizon);
  if (merged.size() >= matching_) horizon = kNowhere;
  // Beyond a part's horizon there may be hits of it that are nearer than those of the other.
  std::erase_if(merged, [&](const Neighbor& hit) { return hit.distance > horizon; });
  std::sort(merged.begin(), merged.end(),
            [this](const Neighbor& a, const Neighbor& b) { return Better(a, b); });
  Page page = Cut(std::move(merged));
  const bool saw_all = horizon == kNowhere || BeyondRange({horizon, 0});
  if (page.full || saw_all) return std::move(page.hits);
  return std::nullopt;
}

Result<std::optional<Searcher::Neighbors>> Searcher::ByIndex(const float* query,
                                                             const Part& pending) const {
  const auto accept = [this](Slot slot) { return slot < view_.upto && Accepts(slot); };
  index::SearchEffort effort;
  effort.accepted_share = static_cast<double>(matching_) / static_cast<double>(state_.num_slots());
  // A search that has cost as much as a scan is given up for one.
  effort.most_distances = std::max<size_t>(matching_, 20'000);
  effort.nprobe = request_.nprobe.value_or(effort.nprobe);
  for (effort.ef = Ef(); effort.ef <= kWidestEf; effort.ef *= 4, effort.nprobe *= 4) {
    effort.hits = HitsOf(effort.ef);
    VG_ASSIGN_OR_RETURN(index::AnnResult result, ann_->Search(context_, query, effort, accept));
    if (!result.complete) return std::optional<Neighbors>();
    Part found{std::move(result.hits)};
    if (!result.exhausted) {
      found.horizon = found.hits.empty() ? -kNowhere : found.hits.back().distance;
    }
    std::optional<Neighbors> merged = Merged(std::move(found), pending);
    if (merged.has_value()) return merged;
    if (result.exhausted) break;
  }
  return std::optional<Neighbors>();
}

Result<std::optional<Searcher::Neighbors>> Searcher::ByScan(const float* query,
                                                            const Part& pending) const {
  VG_ASSIGN_OR_RETURN(Part found, ScanCodes(query, 0, view_.upto));
  return Merged(std::move(found), pending);
}

Searcher::Page Searcher::Cut(Neighbors ordered) const {
  std::erase_if(ordered, [this](const Neighbor& hit) { return !Passes(hit); });
  if (request_.group_by.has_value()) return CutGroups(ordered);
  Page page;
  page.full = ordered.size() >= wanted_;
  const size_t begin = std::min<size_t>(request_.offset, ordered.size());
  const size_t end = std::min(wanted_, ordered.size());
  page.hits.assign(ordered.begin() + static_cast<ptrdiff_t>(begin),
                   ordered.begin() + static_cast<ptrdiff_t>(end));
  return page;
}

// Groups are ranked by their best hit; each gives its `group_size` best.
Searcher::Page Searcher::CutGroups(const Neighbors& ordered) const {
  struct Group {
    size_t rank = 0;
    uint32_t size = 0;
  };
  std::unordered_map<std::string, Group> groups;
  Page page;
  size_t filled = 0;
  for (const Neighbor& hit : ordered) {
    const auto [it, added] =
        groups.try_emplace(GroupKey(state_, request_.group_by->field, hit.slot));
    if (added) it->second.rank = groups.size() - 1;
    Group& group = it->second;
    if (group.rank >= wanted_ || group.size == request_.group_by->group_size) continue;
    if (++group.size == request_.group_by->group_size) ++filled;
    if (group.rank >= request_.offset) page.hits.push_back(hit);
  }
  page.full = filled >= wanted_;
  return page;
}

void Searcher::Append(const Neighbors& hits, SearchResult& result) const {
  result.hits_per_query.push_back(static_cast<uint32_t>(hits.size()));
  for (const Neighbor& hit : hits) {
    const ScalarChunk& chunk = state_.scalars.ChunkOf(hit.slot);
    const size_t row = hit.slot - chunk.begin;
    result.scores.push_back(ScoreOf(hit));
    result.keys.AppendFrom(chunk.columns[key_field_], row);
    AppendFields(state_, hit.slot, request_.output_fields, result.columns);
    if (result.groups.has_value()) {
      result.groups->AppendFrom(chunk.columns[request_.group_by->field], row);
    }
  }
}

}  // namespace vecgate::embedded
