#include "bench/code_quantizer.h"

#include <fmt/format.h>

#include <charconv>

#include "bench/workload.h"
#include "index/bit_code_space.h"
#include "index/int8_code_space.h"
#include "index/multi_bit_code_space.h"
#include "index/quantize/product_code_space.h"
#include "index/quantize/scalar_code_space.h"

namespace vecgate::bench {
namespace {

using index::CodeSpace;
using index::Metric;

Error BadName(const std::string& name) {
  return BadFlag("codes", name,
                 "SQ8, SQ4, INT8, RABITQ1, RABITQ2, RABITQ4, RABITQ8 or PQ<m>x<nbits> with commas "
                 "between, or all");
}

/// "96x8"
Result<index::ProductOptions> ParseProduct(const std::string& name, std::string_view text) {
  index::ProductOptions out;
  const char* const end = text.data() + text.size();
  const auto parts = std::from_chars(text.data(), end, out.m);
  if (parts.ec != std::errc() || parts.ptr == end || *parts.ptr != 'x') return BadName(name);
  const auto bits = std::from_chars(parts.ptr + 1, end, out.nbits);
  if (bits.ec != std::errc() || bits.ptr != end) return BadName(name);
  return out;
}

}  // namespace

std::vector<std::string> AllQuantizers(size_t dim) {
  std::vector<std::string> out = {"SQ8", "SQ4"};
  for (const size_t elements : {2U, 4U, 8U}) {
    if (dim % elements == 0) out.push_back(fmt::format("PQ{}x8", dim / elements));
  }
  if (dim % 2 == 0) out.push_back(fmt::format("PQ{}x4", dim / 2));
  for (const char* name : {"INT8", "RABITQ8", "RABITQ4", "RABITQ2", "RABITQ1"}) {
    out.emplace_back(name);
  }
  return out;
}

Result<std::unique_ptr<CodeSpace>> MakeQuantizer(const std::string& name, Metric metric,
                                                 size_t dim) {
  using Made = std::unique_ptr<CodeSpace>;
  if (name == "SQ8") return Made(std::make_unique<index::ScalarCodeSpace>(metric, dim, 8));
  if (name == "SQ4") return Made(std::make_unique<index::ScalarCodeSpace>(metric, dim, 4));
  if (name == "INT8") return Made(std::make_unique<index::Int8CodeSpace>(metric, dim));
  if (name == "RABITQ1") return Made(std::make_unique<index::BitCodeSpace>(metric, dim));
  for (const size_t bits : {2U, 4U, 8U}) {
    if (name != fmt::format("RABITQ{}", bits)) continue;
    return Made(std::make_unique<index::MultiBitCodeSpace>(metric, dim, bits));
  }
  if (!name.starts_with("PQ")) return BadName(name);
  VG_ASSIGN_OR_RETURN(const auto options, ParseProduct(name, std::string_view(name).substr(2)));
  VG_ASSIGN_OR_RETURN(auto product, index::ProductCodeSpace::Create(metric, dim, options));
  return Made(std::move(product));
}

}  // namespace vecgate::bench
