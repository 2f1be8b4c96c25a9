// Carrying out directives on an engine, through the contract.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "json_rows.h"

namespace vecgate::spec {

class ContractDriver {
 public:
  /// Opens the engine, at first and at each `restart`.
  using Opener = std::function<Result<std::unique_ptr<Engine>>()>;

  static Result<std::unique_ptr<ContractDriver>> Make(Opener open);

  /// The lines of the result as JSON; null parts the hits of one query from the next's.
  Result<std::vector<Json>> Run(const Directive& directive);

 private:
  struct Known {
    CollectionId id{0};
    CollectionSchema schema;
    std::map<std::string, PartitionId> partitions;
  };

  explicit ContractDriver(Opener open) : open_(std::move(open)) {}

  Status Open();
  Result<Known*> Find(const Directive& directive);
  Result<PartitionId> PartitionOf(const Known& known, const std::string& name) const;
  Result<RowSelection> SelectionOf(const Known& known, const Json& spec) const;

  Result<std::vector<Json>> Create(const Directive& directive);
  Result<std::vector<Json>> Index(const Directive& directive);
  Result<std::vector<Json>> AddPartition(const Directive& directive);
  Result<std::vector<Json>> Write(const Directive& directive, WriteMode mode);
  Result<std::vector<Json>> Delete(const Directive& directive);
  Result<std::vector<Json>> Query(const Directive& directive);
  Result<std::vector<Json>> Count(const Directive& directive);
  Result<std::vector<Json>> Search(const Directive& directive);
  Result<std::vector<Json>> Drop(const Directive& directive);

  Opener open_;
  std::unique_ptr<Engine> engine_;
  std::map<std::string, Known> collections_;
  uint64_t next_id_ = 1;
  OpContext context_;
};

}  // namespace vecgate::spec
