#include "daemon/store/open_repository.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "daemon/store/database.h"
#include "daemon/store/schema.h"
#include "daemon/store/sqlite_repository.h"
#include "daemon/store/store_lock.h"

namespace jobd {
namespace {

constexpr std::string_view kFilePrefix = "sqlite:";
constexpr std::string_view kMemoryUrl = "memory:";

// Room for the 500 pages between checkpoints and the turn after them.
constexpr std::int64_t kLogBytes = 4L << 20;

Error unusable(const std::string& path) {
  return {Code::unavailable, "cannot create " + path + ": " + std::strerror(errno)};
}

// The folder, one level, and the lock in it.
Result<store::Place> take_place(const std::string& path) {
  store::Place place{std::filesystem::path(path).parent_path().string(), nullptr};
  if (::mkdir(place.folder.c_str(), 0700) != 0 && errno != EEXIST) return unusable(place.folder);
  Result<std::unique_ptr<store::StoreLock>> lock = store::StoreLock::take(path);
  if (!lock) return std::move(lock).error();
  place.lock = *std::move(lock);
  return place;
}

// SQLite would create it readable by all; its log takes over the mode of what it finds.
Result<Done> create_privately(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return unusable(path);
  ::close(descriptor);
  return Done{};
}

// One connection with the file to itself: no shared memory and no second checkpointer beside it.
Result<std::unique_ptr<store::Database>> open_database(const std::string& path) {
  auto database = std::make_unique<store::Database>(path);
  database->execute("PRAGMA locking_mode = EXCLUSIVE");
  if (Result<Done> ours = store::check_schema(*database); !ours) return std::move(ours).error();
  database->execute(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF");
  store::migrate(*database);
  database->keep_log(kLogBytes);
  return database;
}

}  // namespace

Result<std::unique_ptr<Repository>> open_repository(const StoreSettings& settings, const Clock& clock,
                                                    FatalHandler fatal) try {
  const std::string_view url = settings.url;
  std::string path = ":memory:";
  store::Place place;
  if (url.starts_with(kFilePrefix) && url.size() > kFilePrefix.size()) {
    path = std::filesystem::absolute(url.substr(kFilePrefix.size())).lexically_normal().string();
    Result<store::Place> taken = take_place(path);
    if (!taken) return std::move(taken).error();
    place = *std::move(taken);
    if (Result<Done> created = create_privately(path); !created) return std::move(created).error();
  } else if (url != kMemoryUrl) {
    return Error{Code::invalid_field, "\"" + settings.url + "\" is no store: use sqlite:PATH or memory:", "store.url"};
  }
  Result<std::unique_ptr<store::Database>> database = open_database(path);
  if (!database) return std::move(database).error();
  return std::unique_ptr<Repository>(std::make_unique<store::SqliteRepository>(std::move(place), *std::move(database),
                                                                               settings, clock, std::move(fatal)));
} catch (const store::SqlFailure& failure) {
  return store::to_error(failure);
}

}  // namespace jobd
