#include "storage/rocks_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <filesystem>

#include "base/check.h"

namespace vecgate::storage {
namespace {

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

constexpr char kWriteBuffers[] = "write buffers";

// rocksdb::Status in our codes; the one place where the two meet.
Error Translate(const rocksdb::Status& status, const std::string& doing) {
  const std::string text = "storage: " + doing + ": " + status.ToString();
  if (status.IsCorruption()) return DataLoss(text, Subject::kStorage);
  if (status.IsNoSpace()) return ResourceExhausted(text, Subject::kStorage);
  return Unavailable(text, Subject::kStorage);
}

bool IsHeldByAnother(const rocksdb::Status& status) {
  return status.IsIOError() && status.ToString().find("lock") != std::string::npos;
}

rocksdb::Options MakeOptions(const RocksOptions& options) {
  rocksdb::Options out;
  out.create_if_missing = true;
  out.write_buffer_size = options.write_buffer_bytes;
  out.max_background_jobs = 2;
  out.enable_pipelined_write = false;
  out.keep_log_file_num = 2;
  out.max_open_files = 512;
  // A torn record at the end of the newest log was never acknowledged; anything else is damage.
  out.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return out;
}

}  // namespace

// Files smaller than an eighth of a buffer would cost more, in being merged, than memory is worth.
RocksStore::RocksStore(std::unique_ptr<rocksdb::DB> db, const RocksOptions& options)
    : db_(std::move(db)), worth_releasing_bytes_(options.write_buffer_bytes / 8) {}

RocksStore::~RocksStore() {
  // A failure here has nobody to hear it; Close() is there for those who want to know.
  if (db_ != nullptr) static_cast<void>(Close().ok());
}

Result<std::unique_ptr<RocksStore>> RocksStore::Open(const RocksOptions& options) {
  std::error_code created;
  std::filesystem::create_directories(options.directory, created);
  if (created) {
    return Unavailable(
        "cannot create the data directory " + options.directory + ": " + created.message(),
        Subject::kStorage);
  }
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(MakeOptions(options), options.directory, &db);
  if (IsHeldByAnother(status)) {
    return FailedPrecondition("the data directory " + options.directory +
                                  " is held by another process; stop that one, or give this one "
                                  "a directory of its own",
                              Subject::kStorage);
  }
  if (!status.ok()) return Translate(status, "open " + options.directory);
  return std::unique_ptr<RocksStore>(new RocksStore(std::unique_ptr<rocksdb::DB>(db), options));
}

Result<std::optional<std::string>> RocksStore::Get(std::string_view key) {
  std::string value;
  const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), ToSlice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return Translate(status, "read a key");
  return std::optional<std::string>(std::move(value));
}

Status RocksStore::Write(const WriteSet& changes, Durability durability) {
  rocksdb::WriteBatch batch;
  for (const WriteSet::Change& change : changes.changes()) {
    rocksdb::Status added;
    switch (change.kind) {
      case WriteSet::Change::Kind::kPut: added = batch.Put(change.key, change.value); break;
      case WriteSet::Change::Kind::kDelete: added = batch.Delete(change.key); break;
      case WriteSet::Change::Kind::kDeleteRange:
        added = batch.DeleteRange(change.key, change.value);
        break;
    }
    if (!added.ok()) return Translate(added, "build a batch");
  }
  rocksdb::WriteOptions options;
  options.sync = durability == Durability::kSync;
  const rocksdb::Status status = db_->Write(options, &batch);
  if (!status.ok()) return Translate(status, "write a batch");
  return Ok();
}

Status RocksStore::Scan(std::string_view begin, std::string_view end, const Visit& visit) {
  rocksdb::ReadOptions options;
  const rocksdb::Slice upper = ToSlice(end);
  if (!end.empty()) options.iterate_upper_bound = &upper;
  options.readahead_size = size_t{2} << 20;
  const std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
  for (it->Seek(ToSlice(begin)); it->Valid(); it->Next()) {
    VG_RETURN_IF_ERROR(visit(ToView(it->key()), ToView(it->value())));
  }
  if (!it->status().ok()) return Translate(it->status(), "scan");
  return Ok();
}

Status RocksStore::Sync() {
  const rocksdb::Status status = db_->FlushWAL(true);
  if (!status.ok()) return Translate(status, "sync the log");
  return Ok();
}

std::map<std::string, uint64_t> RocksStore::Memory() const {
  const auto bytes_of = [this](const std::string& property) {
    uint64_t bytes = 0;
    VG_CHECK(db_->GetIntProperty(property, &bytes));
    return bytes;
  };
  using Properties = rocksdb::DB::Properties;
  return {{kWriteBuffers, bytes_of(Properties::kSizeAllMemTables)},
          {"block cache", bytes_of(Properties::kBlockCacheUsage)},
          {"table readers", bytes_of(Properties::kEstimateTableReadersMem)}};
}

Status RocksStore::ReleaseBuffers() {
  if (Memory().at(kWriteBuffers) < worth_releasing_bytes_) return Ok();
  const rocksdb::Status status = db_->Flush(rocksdb::FlushOptions());
  if (!status.ok()) return Translate(status, "write buffers to files");
  return Ok();
}

Status RocksStore::Close() {
  if (db_ == nullptr) return Ok();
  rocksdb::Status status = db_->SyncWAL();
  const rocksdb::Status closed = db_->Close();
  db_.reset();
  if (status.ok()) status = closed;
  if (!status.ok()) return Translate(status, "close");
  return Ok();
}

}  // namespace vecgate::storage
