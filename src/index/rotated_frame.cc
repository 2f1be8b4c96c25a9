#include "index/rotated_frame.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "base/rng.h"

namespace vecgate::index {
namespace {

constexpr uint64_t kSeed = 0x5eedf4a3;

}  // namespace

RotatedFrame::RotatedFrame(Metric metric, size_t dim)
    : metric_(metric),
      dim_(dim),
      padded_dim_(PaddedDim(dim)),
      kernels_(&kernels::ActiveCodeKernels()),
      signs_(kernels::Rotation::kRounds * padded_dim_),
      mean_(dim, 0.0F) {
  size_t hadamard_dim = kBlock;
  while (2 * hadamard_dim <= padded_dim_) hadamard_dim *= 2;
  rotation_ = {signs_.data(), padded_dim_, hadamard_dim};
  const float scale = 1.0F / std::sqrt(static_cast<float>(hadamard_dim));
  Rng rng(kSeed + dim);
  for (size_t i = 0; i < signs_.size(); ++i) {
    const size_t at = i % padded_dim_;
    const bool reached =
        i / padded_dim_ % 2 == 0 ? at < hadamard_dim : at >= padded_dim_ - hadamard_dim;
    const float size = reached ? scale : 1.0F;
    signs_[i] = rng.Chance(0.5) ? size : -size;
  }
}

void RotatedFrame::Train(const float* vectors, size_t count) {
  if (count == 0) return;
  std::vector<double> sums(dim_, 0.0);
  for (size_t row = 0; row < count; ++row) {
    for (size_t i = 0; i < dim_; ++i) sums[i] += vectors[row * dim_ + i];
  }
  std::vector<float> mean(dim_);
  for (size_t i = 0; i < dim_; ++i) {
    const auto value = static_cast<float>(sums[i] / static_cast<double>(count));
    mean[i] = std::isfinite(value) ? value : 0.0F;
  }
  SetMean(std::move(mean));
}

void RotatedFrame::SetMean(std::vector<float> mean) {
  mean_ = std::move(mean);
  mean_squared_ = std::inner_product(mean_.begin(), mean_.end(), mean_.begin(), 0.0F);
}

std::string RotatedFrame::Learnt() const {
  return {reinterpret_cast<const char*>(mean_.data()), mean_.size() * sizeof(float)};
}

Status RotatedFrame::SetLearnt(std::string_view bytes) {
  std::vector<float> mean(dim_);
  if (bytes.size() != dim_ * sizeof(float)) {
    return DataLoss("a mean of " + std::to_string(bytes.size()) + " bytes for " +
                    std::to_string(dim_) + " dimensions");
  }
  std::memcpy(mean.data(), bytes.data(), bytes.size());
  const bool finite =
      std::all_of(mean.begin(), mean.end(), [](float value) { return std::isfinite(value); });
  if (!finite) return DataLoss("a mean that is not finite");
  SetMean(std::move(mean));
  return Ok();
}

float RotatedFrame::ToFrame(const float* vector, float* out) const {
  for (size_t i = 0; i < dim_; ++i) out[i] = vector[i] - mean_[i];
  std::fill(out + dim_, out + padded_dim_, 0.0F);
  const kernels::DistanceKernels& distances = kernels::ActiveKernels();
  const float add = metric_ == Metric::kL2 ? distances.inner_product(out, out, dim_)
                                           : -distances.inner_product(vector, mean_.data(), dim_);
  kernels_->rotate(rotation_, out);
  return add;
}

}  // namespace vecgate::index
