// The reads of a collection.
#include <algorithm>

#include "engine/check_search.h"
#include "engines/embedded/collection.h"
#include "engines/embedded/searcher.h"
#include "engines/embedded/selection.h"
#include "engines/embedded/vector_index.h"

namespace vecgate::embedded {
namespace {

using index::Slot;

// `slots` in order of primary key, those behind `after` only, and of these [offset, offset+limit).
template <typename Key, typename KeyOf>
std::vector<Slot> PageOf(const std::vector<Slot>& slots, const QueryRequest& request,
                         const Key* after, KeyOf key_of) {
  std::vector<std::pair<Key, Slot>> keyed;
  for (const Slot slot : slots) {
    Key key = key_of(slot);
    if (after == nullptr || *after < key) keyed.emplace_back(std::move(key), slot);
  }
  const uint64_t begin = std::min<uint64_t>(request.offset, keyed.size());
  const uint64_t end =
      begin + std::min<uint64_t>(request.limit.value_or(keyed.size()), keyed.size() - begin);
  std::partial_sort(keyed.begin(), keyed.begin() + static_cast<ptrdiff_t>(end), keyed.end());
  std::vector<Slot> page;
  for (uint64_t i = begin; i < end; ++i) page.push_back(keyed[i].second);
  return page;
}

std::vector<Slot> OrderedPage(const ReadState& state, const std::vector<Slot>& slots,
                              const QueryRequest& request, const FieldSchema& key,
                              size_t key_field) {
  const auto column_of = [&](Slot slot) -> std::pair<const Column&, size_t> {
    const ScalarChunk& chunk = state.scalars.ChunkOf(slot);
    return {chunk.columns[key_field], slot - chunk.begin};
  };
  if (key.type == DataType::kVarChar) {
    const std::string* text =
        request.after_key.has_value() ? std::get_if<std::string>(&*request.after_key) : nullptr;
    const std::string_view view = text != nullptr ? std::string_view(*text) : std::string_view();
    return PageOf<std::string_view>(slots, request, text != nullptr ? &view : nullptr,
                                    [&](Slot slot) -> std::string_view {
                                      const auto [column, row] = column_of(slot);
                                      return column.template As<std::string>()[row];
                                    });
  }
  const int64_t* number =
      request.after_key.has_value() ? std::get_if<int64_t>(&*request.after_key) : nullptr;
  return PageOf<int64_t>(slots, request, number, [&](Slot slot) {
    const auto [column, row] = column_of(slot);
    return column.template As<int64_t>()[row];
  });
}

}  // namespace

SearchView Collection::ViewOf(size_t field) const {
  SearchView view;
  // The progress of the graph is read before the state (see SearchView); an index that was replaced
  // in between is looked at again.
  do {
    view.index = Current()->indexes[field];
    view.upto = view.index != nullptr ? view.index->upto() : 0;
    view.state = Current();
  } while (view.state->indexes[field] != view.index);
  const auto num_slots = static_cast<Slot>(view.state->num_slots());
  view.upto = std::min(view.upto, num_slots);
  if (view.index != nullptr) view.encoded_upto = std::min(view.index->encoded_upto(), num_slots);
  return view;
}

Result<SearchResult> Collection::Search(const OpContext& context,
                                        const SearchRequest& request) const {
  VG_RETURN_IF_ERROR(CheckSearch(spec_.schema, request));
  return Searcher(context, ViewOf(request.field), request, spec_.schema,
                  environment_.exact_below_rows)
      .Run();
}

Result<QueryResult> Collection::Query(const OpContext& context, const QueryRequest& request) const {
  VG_RETURN_IF_ERROR(context.Check());
  std::shared_ptr<const ReadState> state;
  std::vector<Slot> slots;
  const auto look_up = [&](const std::vector<PrimaryKey>& keys) {
    const auto published = published_.LockShared();
    state = published->state;
    for (const PrimaryKey& key : keys) {
      if (const auto slot = published->keys.Find(key, state->scalars)) slots.push_back(*slot);
    }
  };
  std::optional<std::vector<PrimaryKey>> keys = request.keys;
  if (!keys.has_value() && request.selection.filter != nullptr) {
    keys = filter::PrimaryKeysOf(*request.selection.filter);
  }
  if (keys.has_value()) {
    look_up(*keys);
    std::sort(slots.begin(), slots.end());
    slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
    std::erase_if(slots, [&](Slot slot) { return !IsSelected(*state, request.selection, slot); });
  } else {
    state = Current();
    const bool all = request.selection.filter == nullptr && request.selection.partitions.empty();
    if (all && request.count_only && !request.after_key.has_value()) {
      return QueryResult{state->live_rows, spec_.schema.fields[key_field_].MakeColumn(), {}};
    }
    VG_ASSIGN_OR_RETURN(const filter::Bitset selected, Select(context, *state, request.selection));
    if (request.count_only && !request.after_key.has_value()) {
      return QueryResult{selected.Count(), spec_.schema.fields[key_field_].MakeColumn(), {}};
    }
    selected.ForEach([&](size_t slot) { slots.push_back(static_cast<Slot>(slot)); });
  }
  QueryRequest paging;
  paging.after_key = request.after_key;
  if (!request.count_only) {
    paging.offset = request.offset;
    paging.limit = request.limit;
  }
  slots = OrderedPage(*state, slots, paging, spec_.schema.fields[key_field_], key_field_);
  QueryResult result;
  result.count = slots.size();
  result.keys = spec_.schema.fields[key_field_].MakeColumn();
  if (request.count_only) return result;
  result.columns = MakeColumns(spec_.schema, request.output_fields);
  for (const Slot slot : slots) {
    const ScalarChunk& chunk = state->scalars.ChunkOf(slot);
    result.keys.AppendFrom(chunk.columns[key_field_], slot - chunk.begin);
    AppendFields(*state, slot, request.output_fields, result.columns);
  }
  return result;
}

}  // namespace vecgate::embedded
