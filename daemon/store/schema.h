// The database's schema and how it came to be: numbered migrations, applied once each, in order, for ever.
#pragma once

#include "daemon/store/database.h"
#include "shared/result.h"

namespace jobd::store {

// Whether this program may open the database at all. Writes nothing. Errors: internal for a database of a later
// schema than this program's, or of another program.
Result<Done> check_schema(Database& database);

// Brings the schema up to this program's, all missing migrations in one transaction. Precondition: check_schema.
void migrate(Database& database);

}  // namespace jobd::store
