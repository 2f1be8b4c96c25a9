#include "engines/embedded/index_factory.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "index/float_code_space.h"
#include "index/graph_index.h"
#include "index/ivf_index.h"
#include "index/quantize/product_code_space.h"
#include "index/quantize/scalar_code_space.h"
#include "kernels/code_kernels.h"

namespace vecgate::embedded {
namespace {

Error BadParam(const std::string& name, const std::string& found, const std::string& allowed) {
  return InvalidArgument(
      "index parameter " + name + " is \"" + found + "\"; " + allowed + " is allowed",
      Subject::kIndex);
}

Result<uint32_t> Number(const IndexSpec& spec, const std::string& name, uint32_t fallback,
                        uint32_t low, uint32_t high) {
  const auto it = spec.params.find(name);
  if (it == spec.params.end()) return fallback;
  uint32_t value = 0;
  const char* end = it->second.data() + it->second.size();
  const auto [stop, error] = std::from_chars(it->second.data(), end, value);
  if (error != std::errc() || stop != end || value < low || value > high) {
    return BadParam(name, it->second,
                    "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value;
}

/// One of `names` by its position; the first when the parameter is not given.
Result<size_t> Choice(const IndexSpec& spec, const std::string& name,
                      const std::vector<std::string>& names) {
  const auto it = spec.params.find(name);
  if (it == spec.params.end()) return size_t{0};
  const auto found = std::find(names.begin(), names.end(), it->second);
  if (found != names.end()) return static_cast<size_t>(found - names.begin());
  std::string allowed;
  for (const std::string& choice : names) allowed += (allowed.empty() ? "" : " or ") + choice;
  return BadParam(name, it->second, allowed);
}

Status CheckRefine(const IndexSpec& spec) {
  if (auto refine = Choice(spec, "refine", {"true", "false", "True", "False"}); !refine.ok()) {
    return refine.error();
  }
  const auto type = Choice(spec, "refine_type", {"FP32", "FP16", "BF16", "SQ8", "SQ6"});
  return type.ok() ? Ok() : Status(type.error());
}

/// As named by the index, else as in `options`.
Result<index::HnswOptions> GraphOptions(const IndexSpec& spec, index::HnswOptions options) {
  VG_ASSIGN_OR_RETURN(options.m, Number(spec, "M", options.m, 2, 2048));
  VG_ASSIGN_OR_RETURN(options.ef_construction,
                      Number(spec, "efConstruction", options.ef_construction, 1, 1U << 20));
  return options;
}

Result<index::ProductOptions> Product(const IndexSpec& spec, size_t dim) {
  index::ProductOptions options;
  // As many sub-vectors as there are pairs of dimensions, or the nearest number that divides.
  uint32_t m = static_cast<uint32_t>(std::max<size_t>(1, dim / 2));
  while (dim % m != 0) --m;
  VG_ASSIGN_OR_RETURN(options.m, Number(spec, "m", m, 1, 65'536));
  VG_ASSIGN_OR_RETURN(options.nbits, Number(spec, "nbits", 8, 1, 64));
  return options;
}

/// The fine codes build the graph: eight bits, or full vectors where those are as short.
std::unique_ptr<index::CodeSpace> BuildingCodes(const index::VectorSpace& space) {
  return std::move(index::BestGraphCodes(space).fine);
}

Result<MadeIndex> MakeGraph(const IndexSpec& spec, index::GraphCodes codes,
                            const index::VectorSpace& space,
                            const index::HnswOptions& defaults = {}) {
  VG_ASSIGN_OR_RETURN(const index::HnswOptions options, GraphOptions(spec, defaults));
  return MadeIndex{std::make_unique<index::GraphIndex>(options, std::move(codes), space)};
}

// What a walk reads here and there, coarse codes and links, costs little while it stays in the
// processor's cache and is one line for each neighbour. Codes beside the nodes win from this size
// on; where a coarse code is more than a line, they do not (decision 0026).
size_t NeighborCodesFrom(const index::GraphCodes& codes, const index::HnswOptions& options) {
  constexpr size_t kCachedBytes = size_t{8} << 20;
  if (codes.coarse == nullptr || codes.coarse->codes()->width() > kernels::kLineBytes) {
    return SIZE_MAX;
  }
  const size_t link_bytes = size_t{2} * options.m * sizeof(index::Slot);
  return kCachedBytes / (codes.coarse->codes()->width() + link_bytes);
}

Result<MadeIndex> MakeAuto(const IndexSpec& spec, const index::VectorSpace& space) {
  VG_ASSIGN_OR_RETURN(const size_t choice,
                      Choice(spec, "profile", {"balanced", "fast", "compact"}));
  index::GraphCodes codes = index::BestGraphCodes(space);
  const bool compact = choice == 2;
  codes.fine_in_file = compact;
  index::HnswOptions defaults;
  // Links are then the most that stays in memory: with these, links and one-bit codes of 384
  // dimensions come to 150 bytes a vector.
  if (compact) defaults.m = 10;
  VG_ASSIGN_OR_RETURN(const index::HnswOptions options, GraphOptions(spec, defaults));
  if (choice == 1) codes.neighbor_codes_from = NeighborCodesFrom(codes, options);
  VG_ASSIGN_OR_RETURN(MadeIndex made, MakeGraph(spec, std::move(codes), space, defaults));
  made.vectors_in_file = choice != 1;
  return made;
}

// Whoever names HNSW expects the recall of full vectors at its ef on any data. One-bit codes tell
// neighbours apart less well where many lie equally near, so the walk is on eight bits.
Result<MadeIndex> MakeHnsw(const IndexSpec& spec, const index::VectorSpace& space) {
  index::GraphCodes codes;
  codes.fine = BuildingCodes(space);
  return MakeGraph(spec, std::move(codes), space);
}

Result<MadeIndex> MakeHnswSq(const IndexSpec& spec, const index::VectorSpace& space) {
  VG_RETURN_IF_ERROR(CheckRefine(spec));
  VG_ASSIGN_OR_RETURN(const size_t four_bits, Choice(spec, "sq_type", {"SQ8", "SQ4"}));
  index::GraphCodes codes;
  codes.coarse =
      std::make_unique<index::ScalarCodeSpace>(space.metric(), space.dim(), four_bits == 1 ? 4 : 8);
  codes.fine = BuildingCodes(space);
  codes.plan = {.widening = 1, .scan_factor = 2};
  return MakeGraph(spec, std::move(codes), space);
}

Result<MadeIndex> MakeHnswPq(const IndexSpec& spec, const index::VectorSpace& space) {
  VG_RETURN_IF_ERROR(CheckRefine(spec));
  VG_ASSIGN_OR_RETURN(const index::ProductOptions product, Product(spec, space.dim()));
  index::GraphCodes codes;
  VG_ASSIGN_OR_RETURN(codes.coarse,
                      index::ProductCodeSpace::Create(space.metric(), space.dim(), product));
  codes.fine = BuildingCodes(space);
  codes.plan = {.widening = 1, .scan_factor = 8};
  return MakeGraph(spec, std::move(codes), space);
}

Result<MadeIndex> MakeIvf(const IndexSpec& spec, index::IvfCodes codes,
                          const index::VectorSpace& space) {
  VG_RETURN_IF_ERROR(CheckRefine(spec));
  index::IvfOptions options;
  options.codes = codes;
  VG_ASSIGN_OR_RETURN(options.nlist, Number(spec, "nlist", 128, 1, 65'536));
  if (codes == index::IvfCodes::kProduct) {
    VG_ASSIGN_OR_RETURN(options.product, Product(spec, space.dim()));
  }
  VG_ASSIGN_OR_RETURN(auto ivf, index::IvfIndex::Create(options, space));
  return MadeIndex{std::move(ivf)};
}

// A profile picks the arrangement of AUTOINDEX; given to another type it would do nothing.
Status CheckProfile(const IndexSpec& spec) {
  if (spec.type == IndexType::kAuto || spec.params.count("profile") == 0) return Ok();
  return InvalidArgument("index parameter profile belongs to AUTOINDEX, this is " +
                             std::string(IndexTypeName(spec.type)),
                         Subject::kIndex);
}

std::string NamesOf(const std::vector<IndexType>& types) {
  std::string names;
  for (const IndexType type : types) {
    if (!names.empty()) names += type == types.back() ? " and " : ", ";
    names += IndexTypeName(type);
  }
  return names;
}

Error NotBuilt(IndexType type, const std::vector<IndexType>& built, const std::string& where) {
  return Unimplemented("the embedded engine does not build index type " +
                           std::string(IndexTypeName(type)) + "; it builds " + NamesOf(built) +
                           " on " + where,
                       Subject::kIndex);
}

// Bits are compared as fast as any code of them would be, so the graph is walked on them.
Result<MadeIndex> MakeBinary(const IndexSpec& spec, const index::VectorSpace& space) {
  if (spec.type == IndexType::kBinFlat) return MadeIndex{};
  if (spec.type != IndexType::kAuto && spec.type != IndexType::kHnsw) {
    return NotBuilt(spec.type, BuiltBinaryIndexTypes(), "binary vector fields");
  }
  if (spec.params.count("profile") != 0) {
    return InvalidArgument(
        "index parameter profile belongs to AUTOINDEX on vectors of numbers; a binary vector field "
        "has none",
        Subject::kIndex);
  }
  index::GraphCodes codes;
  codes.fine = std::make_unique<index::FloatCodeSpace>(space);
  return MakeGraph(spec, std::move(codes), space);
}

}  // namespace

const std::vector<IndexType>& BuiltIndexTypes() {
  static const std::vector<IndexType> types = {
      IndexType::kAuto,   IndexType::kFlat,    IndexType::kHnsw,   IndexType::kHnswSq,
      IndexType::kHnswPq, IndexType::kIvfFlat, IndexType::kIvfSq8, IndexType::kIvfPq};
  return types;
}

const std::vector<IndexType>& BuiltBinaryIndexTypes() {
  static const std::vector<IndexType> types = {IndexType::kAuto, IndexType::kBinFlat,
                                               IndexType::kHnsw};
  return types;
}

std::string BuiltIndexNames() { return NamesOf(BuiltIndexTypes()); }

Result<MadeIndex> MakeIndex(const IndexSpec& spec, const index::VectorSpace& space) {
  VG_RETURN_IF_ERROR(CheckProfile(spec));
  if (spec.metric == Metric::kHamming || spec.metric == Metric::kJaccard) {
    return MakeBinary(spec, space);
  }
  switch (spec.type) {
    case IndexType::kFlat: return MadeIndex{};
    case IndexType::kAuto: return MakeAuto(spec, space);
    case IndexType::kHnsw: return MakeHnsw(spec, space);
    case IndexType::kHnswSq: return MakeHnswSq(spec, space);
    case IndexType::kHnswPq: return MakeHnswPq(spec, space);
    case IndexType::kIvfFlat: return MakeIvf(spec, index::IvfCodes::kFull, space);
    case IndexType::kIvfSq8: return MakeIvf(spec, index::IvfCodes::kScalar8, space);
    case IndexType::kIvfPq: return MakeIvf(spec, index::IvfCodes::kProduct, space);
    case IndexType::kBinFlat:
    case IndexType::kSparseInverted:
    case IndexType::kTrie:
    case IndexType::kStlSort:
    case IndexType::kInverted:
    case IndexType::kBitmap: break;
  }
  return NotBuilt(spec.type, BuiltIndexTypes(), "vector fields");
}

}  // namespace vecgate::embedded
