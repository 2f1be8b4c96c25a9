#include "index/inverted_lists.h"

#include <algorithm>
#include <utility>

namespace vecgate::index {
namespace {

size_t RoundUp(size_t slots) {
  constexpr size_t kBlock = InvertedLists::kBlock;
  return std::max((slots + kBlock - 1) / kBlock, size_t{1}) * kBlock;
}

}  // namespace

void InvertedLists::SetCode(Chunk& chunk, size_t at, const uint8_t* code, size_t code_bytes) {
  uint8_t* block = chunk.blocks.data() + at / kBlock * kBlock * code_bytes;
  for (size_t j = 0; j < code_bytes; ++j) block[j * kBlock + at % kBlock] = code[j];
}

void InvertedLists::Append(size_t list, Slot slot, const uint8_t* code) {
  OneList& to = lists_[list];
  while (to.appending.test_and_set(std::memory_order_acquire)) {
  }
  const uint32_t size = to.size.load(std::memory_order_relaxed);
  if (to.last == nullptr || to.used_in_last == to.last->slots.size()) {
    auto chunk = std::make_unique<Chunk>(RoundUp(size / 2), code_bytes_);
    Chunk* last = chunk.get();
    (to.last == nullptr ? to.first : to.last->next) = std::move(chunk);
    to.last = last;
    to.used_in_last = 0;
  }
  if (code_bytes_ > 0) SetCode(*to.last, to.used_in_last, code, code_bytes_);
  to.last->slots[to.used_in_last++] = slot;
  to.size.store(size + 1, std::memory_order_release);
  to.appending.clear(std::memory_order_release);
}

InvertedLists::Runs InvertedLists::List(size_t list) const {
  const size_t size = ListSize(list);
  return {size > 0 ? lists_[list].first.get() : nullptr, size};
}

InvertedLists::Run InvertedLists::Runs::Next() {
  if (left_ == 0) return {};
  const size_t count = std::min(left_, chunk_->slots.size());
  const Run run{{chunk_->slots.data(), count}, chunk_->blocks.data()};
  left_ -= count;
  // The link behind the last published slot may be being written.
  if (left_ > 0) chunk_ = chunk_->next.get();
  return run;
}

}  // namespace vecgate::index
