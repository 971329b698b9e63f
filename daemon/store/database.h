// SQLite, wrapped once: a Database owns the connection, a Statement one prepared statement, a Cursor its rows.
//
// A failure of SQLite's is an expected one, yet it never concerns the statement alone: it ruins the transaction
// around it. So it travels as one exception, SqlFailure, from the statement to the transaction that must be
// rolled back, and no further: the public calls of this library answer with the Error that to_error makes of it.
//
// Own thread only. A Database outlives its statements, a Statement its cursors.
#pragma once

#include <boost/uuid/uuid.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "shared/clock.h"
#include "shared/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace jobd::store {

struct SqlFailure {
  int code = 0;  // SQLite's extended result code
  std::string message;
};

// storage_full for a full disk, unavailable for what may pass (I/O, memory, locks), internal for the rest.
Error to_error(const SqlFailure& failure);
// After a failed flush nobody knows what is on disk.
bool is_failed_flush(const SqlFailure& failure);

class Database {
 public:
  // path: of a file, which is created if missing, or ":memory:".
  explicit Database(const std::string& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // SQL without parameters and without results, one or more statements.
  void execute(const std::string& sql);
  std::int64_t integer(const std::string& sql);  // the first column of the first row

  void begin();
  void commit();
  void roll_back() noexcept;  // nothing when no transaction is open
  bool in_transaction() const;

  // The write-ahead log. A database without one (":memory:") has no frames and takes all these calls.
  // Pages it has taken since it was last copied back as a whole.
  int log_frames() const { return log_frames_; }
  // Copies back what no reader needs, never waits.
  void checkpoint();
  // Kept at its close, and filled with zeros up to this size: a commit that writes over what is there needs no
  // metadata flush, which is a third of the time of a small one.
  void keep_log(std::int64_t size_bytes);

  sqlite3* handle() const { return handle_; }

 private:
  void check(int code) const;

  sqlite3* handle_ = nullptr;
  int log_frames_ = 0;
};

struct Blob {
  std::string_view bytes;
};
inline Blob blob_of(const boost::uuids::uuid& uuid) {
  return {{reinterpret_cast<const char*>(uuid.data), sizeof uuid.data}};
}

class Statement;

// The rows of one execution. Views into a row live until next().
class Cursor {
 public:
  explicit Cursor(Statement& statement) : statement_(&statement) {}
  ~Cursor();
  Cursor(Cursor&& other) noexcept : statement_(other.statement_) { other.statement_ = nullptr; }
  Cursor& operator=(Cursor&&) = delete;

  bool next();
  std::int64_t integer(int column) const;
  Time time(int column) const { return Time(Duration(integer(column))); }
  std::string_view bytes(int column) const;  // text or blob; empty for NULL
  bool null(int column) const;
  // A blob of 16 bytes; nullopt for anything else.
  std::optional<boost::uuids::uuid> uuid(int column) const;

 private:
  Statement* statement_;
};

class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Arguments: integers, Time, std::string_view (text), Blob, nullptr, std::optional of these; all of them, in order.
  // What they point to must live until the call returns (run) or the cursor ends (query).

  // To its end; how many rows it changed.
  template <typename... Args>
  std::int64_t run(const Args&... args) {
    bind_all(args...);
    return run_to_end();
  }
  template <typename... Args>
  Cursor query(const Args&... args) {
    bind_all(args...);
    return Cursor(*this);
  }

 private:
  friend class Cursor;

  template <typename... Args>
  void bind_all(const Args&... args) {
    int index = 0;
    (bind(++index, args), ...);
  }
  template <typename T>
    requires std::is_integral_v<T>
  void bind(int index, T value) {
    bind_integer(index, static_cast<std::int64_t>(value));
  }
  void bind(int index, Time value) { bind_integer(index, value.time_since_epoch().count()); }
  template <typename T>
  void bind(int index, const std::optional<T>& value) {
    value ? bind(index, *value) : bind(index, nullptr);
  }
  void bind(int index, std::nullptr_t);
  void bind(int index, std::string_view text);
  void bind(int index, Blob blob);
  void bind_integer(int index, std::int64_t value);
  std::int64_t run_to_end();
  bool step();
  void reset() noexcept;

  Database& database_;
  sqlite3_stmt* handle_ = nullptr;
};

}  // namespace jobd::store
