// IvfIndex: an inverted file: vectors in lists by their nearest centroid, of which a search scans
// the few whose centroids are nearest.
//
// J. Sivic, A. Zisserman, "Video Google: a text retrieval approach to object matching in videos"
// (2003); with product codes H. Jégou, M. Douze, C. Schmid, "Product quantization for nearest
// neighbor search" (2011), section IV, but on whole vectors and not on residuals, so that one table
// of a query serves every list. Product codes of 4 bits lie in the lists a second time, in blocks
// of 32 that are compared at once (kernels/fast_scan.h), ten times as fast as one by one.
//
// Lists are formed by L2 whatever the metric. For IP and COSINE they are searched in the order of
// the query's product with their centroid, which is the mean of its products with the members.
//
// Thread safety: AnnIndex's; Train, Reserve and Load are not for the time of a search. The arena
// behind `space` is borrowed and must outlive the index. A slot's code is complete before it is
// appended to a list, and lists publish with release (inverted_lists.h).
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "index/ann_index.h"
#include "index/code_space.h"
#include "index/inverted_lists.h"
#include "index/quantize/centroid_table.h"
#include "index/quantize/product_code_space.h"
#include "index/section_file.h"
#include "index/vector_space.h"

namespace vecgate::index {

/// What a list's members are compared by: IVF_FLAT, IVF_SQ8, the same with 4 bits, IVF_PQ.
enum class IvfCodes { kFull, kScalar8, kScalar4, kProduct };

struct IvfOptions {
  /// Lists, 1 to 65,536. Training with fewer vectors makes as many lists as there are vectors.
  size_t nlist = 128;
  IvfCodes codes = IvfCodes::kFull;
  /// For kProduct.
  ProductOptions product;
  /// Compares what codes found nearest again by full vectors: max(4 · hits, 64) of them. Without
  /// it the distances of hits are those of codes.
  bool refine = true;
  uint64_t seed = 0x697666;
};

class IvfIndex final : public AnnIndex {
 public:
  /// kInvalidArgument, Subject::kIndex, when `options` is out of its limits or does not fit the
  /// dimension.
  static Result<std::unique_ptr<IvfIndex>> Create(const IvfOptions& options,
                                                  const VectorSpace& space);

  /// 39 · nlist, below which k-means has too little to learn from, but not above 32,768 unless
  /// nlist is; and what the codes need. Until then the owner scans exactly, which for so few is as
  /// quick.
  [[nodiscard]] size_t training_rows() const override;
  /// Lists are learnt from an even sample of at most 256 · nlist. kInvalidArgument,
  /// Subject::kIndex, without vectors or with fewer than the codes need; fewer than training_rows()
  /// will do otherwise.
  Status Train(const float* vectors, size_t count) override;
  Status Reserve(size_t slots) override { return codes_->Reserve(slots); }
  void Encode(Slot slot) override;
  Status Add(Slot slot) override;

  /// Scans effort.nprobe lists, and then further ones until effort.hits slots were accepted or no
  /// list is left: a filtered search finds its k hits when k rows match. Only slots that `accept`
  /// takes cost a distance (but for blocks of 4-bit codes, where asking costs more). `exhausted`
  /// when every list was scanned.
  Result<AnnResult> Search(const OpContext& context, const float* query, const SearchEffort& effort,
                           AcceptSlot accept) const override;
  Result<AnnResult> Scan(const OpContext& context, const float* query, size_t hits,
                         FunctionRef<bool(Slot&)> next) const override;

  [[nodiscard]] size_t size() const override { return size_.load(std::memory_order_acquire); }
  /// Lists that there are; 0 before training.
  [[nodiscard]] size_t lists() const { return coarse_.size(); }
  [[nodiscard]] std::vector<MemoryPart> Memory() const override;
  [[nodiscard]] Result<IndexShape> Shape(const OpContext& context) const override;

  /// As docs/formats/ivf-snapshot.md says. kFailedPrecondition before training.
  Status Save(const std::string& path, size_t slots, const std::string& tag) const override;
  Result<Loaded> Load(const std::string& path) override;

 private:
  IvfIndex(const IvfOptions& options, std::unique_ptr<CodeSpace> codes, const VectorSpace& space);

  [[nodiscard]] std::vector<Neighbor> ListsByDistance(const float* query, size_t nprobe) const;
  /// The nearest `hits` of `found` by full vectors, in order.
  [[nodiscard]] std::vector<Neighbor> Refined(const float* query, std::vector<Neighbor> found,
                                              size_t hits) const;
  [[nodiscard]] bool refines() const {
    return options_.refine && options_.codes != IvfCodes::kFull;
  }
  void Append(size_t list, Slot slot);
  void SetCentroids(const float* rows, size_t count);
  /// Takes up the content of a snapshot after checking it.
  Status TakeUp(const SectionFile& file, std::string_view parameters, size_t slots,
                size_t list_count);

  const IvfOptions options_;
  const VectorSpace space_;
  const std::unique_ptr<CodeSpace> codes_;
  const ProductCodeSpace* blocks_ = nullptr;  // codes_, when lists hold its codes in blocks
  CentroidTable coarse_;
  std::unique_ptr<InvertedLists> lists_;
  std::atomic<size_t> size_{0};
};

}  // namespace vecgate::index
