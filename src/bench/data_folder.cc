#include "bench/data_folder.h"

#include <filesystem>

namespace vecgate::bench {

Result<DataFolder> OpenDataFolder(const std::string& directory, size_t rows, size_t queries,
                                  size_t dim) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) return Unavailable(directory + ": cannot be made: " + failed.message());
  VG_ASSIGN_OR_RETURN(NpyWriter base, NpyWriter::Create(directory + "/base.npy", rows, dim));
  VG_ASSIGN_OR_RETURN(NpyWriter query, NpyWriter::Create(directory + "/query.npy", queries, dim));
  return DataFolder{std::move(base), std::move(query)};
}

}  // namespace vecgate::bench
