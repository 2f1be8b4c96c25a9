#include "embed/embedder.h"

#include "embed/hash_embedder.h"
#include "embed/minilm_embedder.h"

namespace vecgate {

Result<std::unique_ptr<Embedder>> MakeEmbedder(const EmbedderOptions& options) {
  if (options.kind == "hash") return std::unique_ptr<Embedder>(std::make_unique<HashEmbedder>());
  if (options.kind == "minilm") {
    VG_ASSIGN_OR_RETURN(auto embedder, MiniLmEmbedder::Open(options));
    return std::unique_ptr<Embedder>(std::move(embedder));
  }
  return InvalidArgument("embedder '" + options.kind + "' does not exist; allowed: minilm, hash",
                         Subject::kConfig);
}

}  // namespace vecgate
