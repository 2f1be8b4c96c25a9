// NeighborCodes: beside each node of a graph the codes of its neighbours, one bit a dimension and
// relative to the node, in the blocks of 32 that kernels/fast_scan.h scans.
//
// Y. Gou, J. Gao, Y. Xu, C. Long, "SymphonyQG: Towards Symphonious Integration of Quantization and
// Graph for Approximate Nearest Neighbor Search" (SIGMOD 2025). A walk that knows a node's distance
// from the query estimates those of all its neighbours from one run of memory, where codes of their
// own would lie in 32 places. And what a code leaves out is a share of the way from the node to the
// neighbour, which is short, and not of the way from the mean of all vectors.
//
// With r = neighbour - node in the RotatedFrame, distance(neighbour, q) = distance(node, q) +
// Add(neighbour) - Add(node) - weight · <r, q'>, and <r, q'> = <r, node'> + <r, q' - node'>, of
// which the last is estimated as RaBitQ does: (|r|² / Σ|r_i|) · Σ ±(q' - node')_i with the signs of
// r. So each neighbour has two factors: distance(node, q) + add + mul · Σ ±q'_i.
//
// A slot's row is, for each 32 links, the block of their codes, then 32 `add` and 32 `mul` in
// bfloat16, whose rounding is a tenth of the estimate's own error.
//
// Thread safety: Set of different nodes from any thread, while no one reads these; everything const
// from any thread for nodes that were set before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "index/code_space.h"
#include "index/int8_code_space.h"
#include "index/row_code_space.h"
#include "index/segmented_array.h"
#include "index/slot.h"
#include "kernels/fast_scan.h"

namespace vecgate::index {

class NeighborCodes {
 public:
  /// For nodes with up to `links` neighbours. `codes` is what theirs are made from; borrowed, must
  /// outlive this.
  NeighborCodes(const Int8CodeSpace& codes, size_t links);

  /// Makes room for nodes among slots [0, slots); slots that are no nodes take no memory.
  /// kResourceExhausted when memory ends.
  Status Reserve(size_t slots) { return rows_->Reserve(slots); }
  /// Gives all memory back; nothing is reserved then. REQUIRES: no one reads codes
  /// or reserves.
  void Clear() { rows_ = std::make_unique<SegmentedArray<char>>(node_bytes()); }
  /// Writes the codes of a node's neighbours in their order. REQUIRES: reserved; all are encoded;
  /// no more than `links`.
  void Set(Slot node, std::span<const Slot> neighbors);

  void Prepare(const FramedQuery& query, PreparedQuery& out) const;
  /// Asks the processor for what Near reads of a node. REQUIRES: reserved.
  void Fetch(Slot node) const;
  /// Writes which of the node's neighbours have an estimated distance below `below`, given the
  /// node's own, as places among them in order, and these distances; returns how many. Places where
  /// there is no neighbour may be among them. REQUIRES: both hold room().
  size_t Near(const PreparedQuery& query, Slot node, float distance, float below, uint16_t* places,
              float* distances) const;

  /// `links` in whole blocks.
  [[nodiscard]] size_t room() const { return blocks_ * kernels::kFastScanCodes; }
  /// Slots that may be set.
  [[nodiscard]] size_t reserved_slots() const { return rows_->reserved_rows(); }
  /// Bytes of one node.
  [[nodiscard]] size_t node_bytes() const { return node_bytes_; }

 private:
  struct Header;
  [[nodiscard]] size_t CodeBytes() const { return codes_.padded_dim() / 8; }
  [[nodiscard]] char* Block(Slot node, size_t block) const {
    return rows_->Row(node) + block * (node_bytes_ / blocks_);
  }

  const Int8CodeSpace& codes_;
  const kernels::FastScanKernels* const kernels_;
  const size_t blocks_;  // of a node
  const size_t node_bytes_;
  std::unique_ptr<SegmentedArray<char>> rows_;
};

}  // namespace vecgate::index
