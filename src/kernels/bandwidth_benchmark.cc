// How near the exact scans come to what memory gives: GB/s of a scan over 600 MB of vectors or
// codes, and that beside a plain read of the same bytes, which each iteration does right after it,
// so that whatever else the machine does slows both. One thread.
#include <benchmark/benchmark.h>
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/rng.h"
#include "kernels/code_kernels.h"
#include "kernels/distance.h"

namespace vecgate::kernels {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kBytes = size_t{600'000'000} / 4096 * 4096;
constexpr size_t kDim = 384;
constexpr size_t kRowsAtOnce = 64;
// An eight-bit code with its factors, and a one-bit code of 384 dimensions with its own.
constexpr size_t kInt8RowBytes = kDim + 16;
constexpr size_t kBitRowBytes = kLineBytes;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// As the indexes keep their rows: in huge pages where the system gives them.
class BigArray {
 public:
  BigArray() {
    constexpr size_t kHugePage = size_t{2} << 20;
    const size_t bytes = (kBytes + kHugePage - 1) / kHugePage * kHugePage;
    data_.reset(static_cast<char*>(std::aligned_alloc(kHugePage, bytes)));
    VG_CHECK(data_ != nullptr);
    madvise(data_.get(), bytes, MADV_HUGEPAGE);
    // Small finite numbers whether read as floats or as bytes.
    Rng rng(1);
    auto* floats = reinterpret_cast<float*>(data_.get());
    for (size_t i = 0; i < kBytes / sizeof(float); ++i) {
      floats[i] = static_cast<float>(rng.Below(256)) / 128 - 1;
    }
  }
  [[nodiscard]] const char* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(char* data) const { std::free(data); }
  };
  std::unique_ptr<char, Free> data_;
};

const char* Data() {
  static const BigArray kArray;
  return kArray.data();
}

/// Every line of the array, by eight independent sums of words.
uint64_t PlainRead() {
  const auto* words = reinterpret_cast<const uint64_t*>(Data());
  uint64_t sums[8] = {};
  for (size_t at = 0; at < kBytes / sizeof(uint64_t); at += 8) {
    for (size_t i = 0; i < 8; ++i) sums[i] += words[at + i];
  }
  uint64_t sum = 0;
  for (const uint64_t part : sums) sum += part;
  return sum;
}

/// `compare` is given rows, kRowsAtOnce at a time, in order.
template <typename T, typename Compare>
void Scan(benchmark::State& state, size_t row_bytes, const Compare& compare) {
  const char* const data = Data();
  const size_t rows = kBytes / row_bytes / kRowsAtOnce * kRowsAtOnce;
  double fastest_scan = 1e9;
  double fastest_read = 1e9;
  for (auto _ : state) {
    auto start = Clock::now();
    const T* pointers[kRowsAtOnce];
    for (size_t at = 0; at < rows; at += kRowsAtOnce) {
      for (size_t i = 0; i < kRowsAtOnce; ++i) {
        pointers[i] = reinterpret_cast<const T*>(data + (at + i) * row_bytes);
      }
      compare(pointers);
    }
    const double scan = SecondsSince(start);
    state.SetIterationTime(scan);
    start = Clock::now();
    benchmark::DoNotOptimize(PlainRead());
    fastest_read = std::min(fastest_read, SecondsSince(start));
    fastest_scan = std::min(fastest_scan, scan);
  }
  const double scan_rate = static_cast<double>(rows * row_bytes) / fastest_scan;
  const double read_rate = static_cast<double>(kBytes) / fastest_read;
  state.counters["scan_GB/s"] = scan_rate / 1e9;
  state.counters["read_GB/s"] = read_rate / 1e9;
  state.counters["of_read"] = scan_rate / read_rate;
}

std::vector<float> Query() {
  Rng rng(2);
  std::vector<float> query(kDim);
  for (float& x : query) x = static_cast<float>(rng.Gaussian());
  return query;
}

void ScanFloats(benchmark::State& state, const DistanceKernels* kernels) {
  const std::vector<float> query = Query();
  float out[kRowsAtOnce];
  Scan<float>(state, kDim * sizeof(float), [&](const float* const* rows) {
    kernels->inner_product_batch(query.data(), rows, kRowsAtOnce, kDim, out);
    benchmark::DoNotOptimize(out);
  });
}

void ScanBytes(benchmark::State& state, const CodeKernels* kernels) {
  const std::vector<float> query = Query();
  float out[kRowsAtOnce];
  Scan<int8_t>(state, kInt8RowBytes, [&](const int8_t* const* rows) {
    kernels->dot_f32_s8(query.data(), rows, kRowsAtOnce, kDim, out);
    benchmark::DoNotOptimize(out);
  });
}

void ScanBits(benchmark::State& state, const CodeKernels* kernels) {
  struct alignas(kLineBytes) Line {
    char bytes[kLineBytes] = {};
  };
  const std::vector<float> query = Query();
  std::vector<Line> planes(kQueryPlanes);
  std::vector<Line> mask(1);
  std::fill_n(mask[0].bytes, kDim / 8, static_cast<char>(0xff));
  kernels->bit_planes(query.data(), kDim, 2.0F, planes[0].bytes, kLineBytes);
  const BitQuery bits{planes[0].bytes, mask[0].bytes, 1, 1.0F, 0.5F};
  float out[kRowsAtOnce];
  Scan<char>(state, kBitRowBytes, [&](const char* const* rows) {
    kernels->bit_estimates(bits, rows, kRowsAtOnce, out);
    benchmark::DoNotOptimize(out);
  });
}

const int kRegistered = [] {
  const auto add = [](const std::string& name, auto* scan, const auto* kernels) {
    benchmark::RegisterBenchmark((name + "/" + std::string(kernels->name)).c_str(), scan, kernels)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond)
        ->Iterations(5);
  };
  for (const DistanceKernels* kernels : SupportedKernels()) {
    add("scan_600MB_float32", ScanFloats, kernels);
  }
  for (const CodeKernels* kernels : SupportedCodeKernels()) {
    add("scan_600MB_int8", ScanBytes, kernels);
    add("scan_600MB_one_bit", ScanBits, kernels);
  }
  return 0;
}();

}  // namespace
}  // namespace vecgate::kernels
