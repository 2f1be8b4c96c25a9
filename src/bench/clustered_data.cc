#include "bench/clustered_data.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.h"
#include "bench/data_folder.h"
#include "bench/npy_writer.h"

namespace vecgate::bench {
namespace {

constexpr size_t kSubspace = 64;    // Dimensions that the centres share.
constexpr size_t kDirections = 28;  // Dimensions of a cluster.
constexpr size_t kRowsPerCluster = 50;
constexpr size_t kMostClusters = 2000;
constexpr double kCentreNoise = 0.03;
constexpr double kRowNoise = 0.25;

std::vector<float> Gaussians(Rng& rng, size_t count, double scale) {
  std::vector<float> out(count);
  for (float& x : out) x = static_cast<float>(scale * rng.Gaussian());
  return out;
}

/// out += factor · direction
void AddScaled(std::vector<float>& out, double factor, const float* direction) {
  const auto f = static_cast<float>(factor);
  for (size_t i = 0; i < out.size(); ++i) out[i] += f * direction[i];
}

void Normalise(std::vector<float>& vector) {
  double sum = 0;
  for (const float x : vector) sum += static_cast<double>(x) * x;
  const auto inverse = static_cast<float>(1 / std::sqrt(sum));
  for (float& x : vector) x *= inverse;
}

struct Cluster {
  std::vector<float> centre;
  std::vector<float> directions;  ///< kDirections × dim.
  double width = 1;
  double share_until = 0;  ///< Of all rows, those of this cluster and of all before it.
};

class ClusteredSource {
 public:
  explicit ClusteredSource(const ClusteredDataOptions& options)
      : seed_(options.seed), dim_(options.dim), spectrum_(DecayingSpectrum()) {
    Rng rng(seed_);
    const size_t count = std::clamp<size_t>(options.rows / kRowsPerCluster, 1, kMostClusters);
    const std::vector<float> subspace = Gaussians(rng, kSubspace * dim_, 1 / std::sqrt(dim_));
    for (size_t i = 0; i < count; ++i) clusters_.push_back(MakeCluster(rng, subspace));
    SetShares(rng);
  }

  [[nodiscard]] std::vector<float> Row(uint64_t number) const {
    // The multiplier (odd, so no two rows share a state) keeps rows far apart in the sequence.
    Rng rng(seed_ ^ ((number + 1) * 0xd1342543de82ef95ULL));
    const double at = rng.Unit();
    const auto cluster =
        std::upper_bound(clusters_.begin(), clusters_.end() - 1, at,
                         [](double share, const Cluster& c) { return share < c.share_until; });
    std::vector<float> out = cluster->centre;
    for (size_t d = 0; d < kDirections; ++d) {
      AddScaled(out, cluster->width * spectrum_[d] * rng.Gaussian(),
                &cluster->directions[d * dim_]);
    }
    const double noise = kRowNoise / std::sqrt(static_cast<double>(dim_));
    for (float& x : out) x += static_cast<float>(noise * rng.Gaussian());
    Normalise(out);
    return out;
  }

 private:
  static std::vector<double> DecayingSpectrum() {
    std::vector<double> out(kDirections);
    double squares = 0;
    for (size_t d = 0; d < kDirections; ++d) {
      out[d] = 1 / std::sqrt(1 + static_cast<double>(d) / 6);
      squares += out[d] * out[d];
    }
    for (double& x : out) x /= std::sqrt(squares);
    return out;
  }
  [[nodiscard]] Cluster MakeCluster(Rng& rng, const std::vector<float>& subspace) const {
    Cluster out;
    out.centre = Gaussians(rng, dim_, kCentreNoise);
    for (size_t d = 0; d < kSubspace; ++d) {
      AddScaled(out.centre, rng.Gaussian(), &subspace[d * dim_]);
    }
    Normalise(out.centre);
    out.directions = Gaussians(rng, kDirections * dim_, 1 / std::sqrt(static_cast<double>(dim_)));
    out.width = 0.5 + 0.5 * rng.Unit();
    return out;
  }
  /// Sizes are exponentially distributed, and none is next to nothing.
  void SetShares(Rng& rng) {
    double sum = 0;
    for (Cluster& cluster : clusters_) {
      sum += 0.1 - std::log(1 - rng.Unit());
      cluster.share_until = sum;
    }
    for (Cluster& cluster : clusters_) cluster.share_until /= sum;
  }

  uint64_t seed_;
  size_t dim_;
  std::vector<double> spectrum_;
  std::vector<Cluster> clusters_;
};

Status WriteRows(const ClusteredSource& source, uint64_t first, size_t count, NpyWriter writer) {
  for (uint64_t row = first; row < first + count; ++row) {
    VG_RETURN_IF_ERROR(writer.Append(source.Row(row)));
  }
  return writer.Close();
}

}  // namespace

Status WriteClusteredData(const ClusteredDataOptions& options) {
  VG_ASSIGN_OR_RETURN(DataFolder folder, OpenDataFolder(options.directory, options.rows,
                                                        options.queries, options.dim));
  const ClusteredSource source(options);
  VG_RETURN_IF_ERROR(WriteRows(source, 0, options.rows, std::move(folder.base)));
  return WriteRows(source, options.rows, options.queries, std::move(folder.query));
}

}  // namespace vecgate::bench
