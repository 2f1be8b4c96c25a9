#include "embed/safetensors.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace vecgate {
namespace {

// The format's own bound on its header.
constexpr uint64_t kMaxHeaderBytes = 100'000'000;

size_t Product(const std::vector<size_t>& shape) {
  size_t product = 1;
  for (const size_t side : shape) product *= side;
  return product;
}

}  // namespace

Result<Safetensors> Safetensors::Open(const std::string& path) {
  std::error_code error;
  const uint64_t file_size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) return NotFound("model file " + path + " cannot be read", Subject::kConfig);
  const auto damaged = [&](const std::string& what) {
    return DataLoss("model file " + path + " is damaged: " + what + "; fetch it again");
  };
  uint64_t header_size = 0;
  file.read(reinterpret_cast<char*>(&header_size), sizeof(header_size));
  if (!file || header_size > kMaxHeaderBytes || header_size + 8 > file_size) {
    return damaged("its header length does not fit");
  }
  std::string header(header_size, '\0');
  file.read(header.data(), static_cast<std::streamsize>(header_size));
  const auto json = nlohmann::json::parse(header, nullptr, /*allow_exceptions=*/false);
  if (!file || !json.is_object()) return damaged("its header is not a JSON object");

  Safetensors out;
  out.path_ = path;
  const size_t data_size = file_size - 8 - header_size;
  out.data_.resize(data_size / sizeof(float));
  file.read(reinterpret_cast<char*>(out.data_.data()),
            static_cast<std::streamsize>(out.data_.size() * sizeof(float)));
  if (!file) return damaged("it ends early");
  for (const auto& [name, entry] : json.items()) {
    if (name == "__metadata__" || !entry.is_object() || entry.value("dtype", "") != "F32") continue;
    try {
      const auto offsets = entry.at("data_offsets").get<std::vector<size_t>>();
      Place place{entry.at("shape").get<std::vector<size_t>>(), offsets.at(0) / sizeof(float), 0};
      place.count = (offsets.at(1) - offsets.at(0)) / sizeof(float);
      if (offsets.at(1) < offsets.at(0) || offsets.at(1) > data_size ||
          offsets.at(0) % sizeof(float) != 0 || place.count != Product(place.shape)) {
        return damaged("tensor " + name + " lies outside of it");
      }
      out.places_[name] = std::move(place);
    } catch (const std::exception& exception) {
      return damaged("tensor " + name + ": " + exception.what());
    }
  }
  return out;
}

Result<Tensor> Safetensors::Get(const std::string& name, std::vector<size_t> shape) const {
  const auto found = places_.find(name);
  if (found == places_.end()) return DataLoss("model file " + path_ + " lacks tensor " + name);
  if (found->second.shape != shape) {
    return DataLoss("model file " + path_ + ": tensor " + name +
                    " has another shape than this model");
  }
  return Tensor{std::move(shape),
                std::span(data_).subspan(found->second.first, found->second.count)};
}

}  // namespace vecgate
