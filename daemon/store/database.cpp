#include "daemon/store/database.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>

namespace jobd::store {
namespace {

SqlFailure failure_of(sqlite3* handle, int code) {
  SqlFailure failure{code, sqlite3_errmsg(handle)};
  if (const int cause = sqlite3_system_errno(handle); (code & 0xff) == SQLITE_IOERR && cause != 0) {
    failure.message += std::string(": ") + std::strerror(cause);
  }
  return failure;
}

// It counts what it allocates, under a lock of the whole process, for a figure nobody reads.
// Without effect where SQLite is in use already.
void stop_counting_memory() {
  static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(once);
}

int remember_frames(void* frames, sqlite3*, const char*, int count) {
  *static_cast<int*>(frames) = count;
  return SQLITE_OK;
}

}  // namespace

Error to_error(const SqlFailure& failure) {
  switch (failure.code & 0xff) {
    case SQLITE_FULL:
      return {Code::storage_full, "the store's disk is full (" + failure.message + "): free some space and try again"};
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM: return {Code::unavailable, "the store cannot be read or written: " + failure.message};
    default: return {Code::internal, "the store is damaged: " + failure.message};
  }
}

bool is_failed_flush(const SqlFailure& failure) {
  return failure.code == SQLITE_IOERR_FSYNC || failure.code == SQLITE_IOERR_DIR_FSYNC;
}

Database::Database(const std::string& path) {
  stop_counting_memory();
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr); code != SQLITE_OK) {
    SqlFailure failure{code, sqlite3_errstr(code)};
    sqlite3_close_v2(handle_);
    throw failure;
  }
  // Takes the place of SQLite's own checkpoints; so would its wal_autocheckpoint take this hook's.
  sqlite3_wal_hook(handle_, &remember_frames, &log_frames_);
}

Database::~Database() {
  sqlite3_close_v2(handle_);
}

void Database::check(int code) const {
  if (code != SQLITE_OK) throw failure_of(handle_, code);
}

void Database::execute(const std::string& sql) {
  check(sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr));
}

std::int64_t Database::integer(const std::string& sql) {
  Statement statement(*this, sql);
  Cursor cursor = statement.query();
  return cursor.next() ? cursor.integer(0) : 0;
}

void Database::begin() {
  execute("BEGIN IMMEDIATE");
}
void Database::commit() {
  execute("COMMIT");
}

void Database::roll_back() noexcept {
  if (in_transaction()) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

void Database::checkpoint() {
  check(sqlite3_wal_checkpoint_v2(handle_, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr));
  log_frames_ = 0;
}

void Database::keep_log(std::int64_t size_bytes) {
  int keep = 1;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
  sqlite3_file* log = nullptr;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (log == nullptr || log->pMethods == nullptr) return;
  sqlite3_int64 size = 0;
  check(log->pMethods->xFileSize(log, &size));
  if (size >= size_bytes) return;
  const std::string zeros(64UL << 10, '\0');  // SQLite's file layer writes no more than 128 KB at once
  while (size < size_bytes) {
    const auto piece = std::min<std::int64_t>(size_bytes - size, static_cast<std::int64_t>(zeros.size()));
    check(log->pMethods->xWrite(log, zeros.data(), static_cast<int>(piece), size));
    size += piece;
  }
  check(log->pMethods->xSync(log, SQLITE_SYNC_NORMAL));
}

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
  if (code != SQLITE_OK) throw failure_of(database.handle(), code);
}

Statement::~Statement() {
  sqlite3_finalize(handle_);
}

void Statement::bind(int index, std::nullptr_t) {
  sqlite3_bind_null(handle_, index);
}

void Statement::bind(int index, std::string_view text) {
  // A null pointer would bind NULL.
  const char* data = text.data() != nullptr ? text.data() : "";
  if (const int code = sqlite3_bind_text64(handle_, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
      code != SQLITE_OK) {
    throw failure_of(database_.handle(), code);
  }
}

void Statement::bind(int index, Blob blob) {
  const char* data = blob.bytes.data() != nullptr ? blob.bytes.data() : "";
  if (const int code = sqlite3_bind_blob64(handle_, index, data, blob.bytes.size(), SQLITE_STATIC); code != SQLITE_OK) {
    throw failure_of(database_.handle(), code);
  }
}

void Statement::bind_integer(int index, std::int64_t value) {
  sqlite3_bind_int64(handle_, index, value);
}

bool Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const SqlFailure failure = failure_of(database_.handle(), code);
  reset();
  throw failure;
}

std::int64_t Statement::run_to_end() {
  while (step()) {
  }
  reset();
  return sqlite3_changes64(database_.handle());
}

void Statement::reset() noexcept {
  sqlite3_reset(handle_);
}

Cursor::~Cursor() {
  if (statement_ != nullptr) statement_->reset();
}

bool Cursor::next() {
  return statement_->step();
}

std::int64_t Cursor::integer(int column) const {
  return sqlite3_column_int64(statement_->handle_, column);
}

std::string_view Cursor::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_->handle_, column);
  const int size = sqlite3_column_bytes(statement_->handle_, column);
  return {static_cast<const char*>(data), data != nullptr ? static_cast<std::size_t>(size) : 0};
}

bool Cursor::null(int column) const {
  return sqlite3_column_type(statement_->handle_, column) == SQLITE_NULL;
}

std::optional<boost::uuids::uuid> Cursor::uuid(int column) const {
  const std::string_view data = bytes(column);
  boost::uuids::uuid uuid{};
  if (data.size() != sizeof uuid.data) return std::nullopt;
  std::memcpy(uuid.data, data.data(), data.size());
  return uuid;
}

}  // namespace jobd::store
