// Contents, in pieces, and the uploads that bring large ones piece by piece before their job.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "daemon/store/database.h"
#include "shared/job_id.h"

namespace jobd::store {

class ContentTable {
 public:
  explicit ContentTable(Database& database);

  // What is known of the uploads without asking: read anew, after the start and after a rollback.
  void load();

  // True when the piece is kept, or was before: pieces come in order from 0. False for one that leaves a gap.
  // Precondition: no job has this id.
  bool upload(const JobId& id, std::uint32_t index, std::string_view bytes);
  bool uploading(const JobId& id) const { return find(id) != nullptr; }
  // Whether exactly `chunks` pieces of it are here.
  bool has(const JobId& id, std::uint32_t chunks) const;
  // The last piece, index `chunks`; ends the upload. Precondition: has(id, chunks).
  void complete(const JobId& id, std::uint32_t chunks, std::string_view last_piece);
  // An upload whose submit came to nothing.
  void drop_upload(const JobId& id);
  // All of them; how many.
  std::size_t sweep_uploads();
  std::int64_t largest_upload_seq();

  std::shared_ptr<const std::string> read(std::int64_t seq);

 private:
  struct Upload {
    std::int64_t random = 0;
    std::uint32_t chunks = 0;
  };
  // nullptr: none of this id.
  const Upload* find(const JobId& id) const;

  std::unordered_map<std::int64_t, Upload> uploads_;
  Statement insert_;
  Statement read_;
  Statement remove_;
  Statement put_upload_;
  Statement remove_upload_;
  Statement all_uploads_;
};

}  // namespace jobd::store
