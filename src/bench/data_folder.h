// A data set being written: base.npy and query.npy in one folder.
#pragma once

#include <string>

#include "bench/npy_writer.h"

namespace vecgate::bench {

struct DataFolder {
  NpyWriter base;
  NpyWriter query;
};

/// Makes the folder when it is not there, and both files. kUnavailable when the disk refuses.
Result<DataFolder> OpenDataFolder(const std::string& directory, size_t rows, size_t queries,
                                  size_t dim);

}  // namespace vecgate::bench
