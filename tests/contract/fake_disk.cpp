#include "tests/contract/fake_disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace jobd::testing {
namespace {

constexpr std::size_t kSectorBytes = 512;

void write_to(std::string& image, const FakeDisk::Write& write) {
  if (write.truncates) {
    image.resize(write.offset);
    return;
  }
  if (image.size() < write.offset + write.bytes.size()) image.resize(write.offset + write.bytes.size());
  image.replace(write.offset, write.bytes.size(), write.bytes);
}

// What SQLite allocates for us: its own base first.
struct OpenFile {
  sqlite3_file base;
  FakeDisk* disk;
  std::shared_ptr<FakeDisk::File>* file;
};
OpenFile& self(sqlite3_file* base) {
  return *reinterpret_cast<OpenFile*>(base);
}
FakeDisk::File& file_of(sqlite3_file* base) {
  return **self(base).file;
}

int close(sqlite3_file* base) {
  delete self(base).file;
  return SQLITE_OK;
}

int read(sqlite3_file* base, void* to, int size, sqlite3_int64 offset) {
  const std::string& image = file_of(base).current;
  std::memset(to, 0, static_cast<std::size_t>(size));
  const auto begin = std::min(image.size(), static_cast<std::size_t>(offset));
  const auto some = std::min(image.size() - begin, static_cast<std::size_t>(size));
  std::memcpy(to, image.data() + begin, some);
  return some == static_cast<std::size_t>(size) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int keep(sqlite3_file* base, FakeDisk::Write write) {
  if (const int code = self(base).disk->before_write(); code != SQLITE_OK) return code;
  write_to(file_of(base).current, write);
  file_of(base).unflushed.push_back(std::move(write));
  return SQLITE_OK;
}

int write(sqlite3_file* base, const void* from, int size, sqlite3_int64 offset) {
  return keep(base, {static_cast<std::size_t>(offset),
                     std::string(static_cast<const char*>(from), static_cast<std::size_t>(size)), false});
}

int truncate(sqlite3_file* base, sqlite3_int64 size) {
  return keep(base, {static_cast<std::size_t>(size), "", true});
}

int sync(sqlite3_file* base, int) {
  if (const int code = self(base).disk->before_flush(); code != SQLITE_OK) return code;
  FakeDisk::File& file = file_of(base);
  for (const FakeDisk::Write& each : file.unflushed) write_to(file.flushed, each);
  file.unflushed.clear();
  return SQLITE_OK;
}

int file_size(sqlite3_file* base, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(file_of(base).current.size());
  return SQLITE_OK;
}

int lock(sqlite3_file*, int) {
  return SQLITE_OK;
}
int check_lock(sqlite3_file*, int* locked) {
  *locked = 0;
  return SQLITE_OK;
}
int control(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file*) {
  return 4096;
}
int characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

// Version 1: without shared memory, which a store that has its file to itself does not need.
const sqlite3_io_methods kMethods = {
    1,           close,           read,    write,   truncate, sync,    file_size, lock,   lock, check_lock, control,
    sector_size, characteristics, nullptr, nullptr, nullptr,  nullptr, nullptr,   nullptr};

FakeDisk& disk_of(sqlite3_vfs* vfs) {
  return *static_cast<FakeDisk*>(vfs->pAppData);
}

int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* base, int flags, int* out_flags) {
  OpenFile& opened = self(base);
  opened.base.pMethods = &kMethods;
  opened.disk = &disk_of(vfs);
  opened.file = new std::shared_ptr<FakeDisk::File>(name != nullptr ? opened.disk->open(name)
                                                                    : std::make_shared<FakeDisk::File>());
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* name, int) {
  disk_of(vfs).remove(name);
  return SQLITE_OK;
}

int access(sqlite3_vfs* vfs, const char* name, int, int* result) {
  *result = disk_of(vfs).exists(name) ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

}  // namespace

FakeDisk::FakeDisk() : vfs_(std::make_unique<sqlite3_vfs>(*sqlite3_vfs_find(nullptr))) {
  vfs_->iVersion = 1;
  vfs_->szOsFile = sizeof(OpenFile);
  vfs_->zName = "fake disk";
  vfs_->pAppData = this;
  vfs_->xOpen = jobd::testing::open;
  vfs_->xDelete = jobd::testing::remove;
  vfs_->xAccess = access;
  vfs_->xFullPathname = full_path;
  sqlite3_vfs_register(vfs_.get(), 1);
}

FakeDisk::~FakeDisk() {
  sqlite3_vfs_unregister(vfs_.get());
}

void FakeDisk::fail_at(int at, Fault fault) {
  operations_ = 0;
  at_ = at;
  fault_ = fault;
  failed_ = false;
}

bool FakeDisk::fails_now() {
  ++operations_;
  const bool fails = at_ > 0 && (operations_ == at_ || (fault_ == Fault::power_off && operations_ > at_));
  failed_ = failed_ || fails;
  return fails;
}

int FakeDisk::before_write() {
  if (!fails_now()) return SQLITE_OK;
  return fault_ == Fault::full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

int FakeDisk::before_flush() {
  ++flushes_;
  return fails_now() && fault_ != Fault::full ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

void FakeDisk::lose_unflushed(std::uint64_t seed) {
  FakeRandom random(seed);
  for (auto& [path, file] : files_) {
    for (Write& each : file->unflushed) {
      const std::uint64_t fate = seed == 0 ? 0 : random.bits() % 3;
      if (fate == 0) continue;
      if (fate == 1 && !each.truncates) {
        const std::size_t sectors = each.bytes.size() / kSectorBytes + 1;
        each.bytes.resize(std::min(each.bytes.size(), random.bits() % sectors * kSectorBytes));
      }
      write_to(file->flushed, each);
    }
    file->unflushed.clear();
    file->current = file->flushed;
  }
}

}  // namespace jobd::testing
