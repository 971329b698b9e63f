// The parameters of an email, JSON -> Email and back; shared by the codec's files.
#pragma once

#include "shared/codec.h"
#include "shared/object_reader.h"

namespace jobd {

// Reads the email's parameters from `fields`; what is wrong becomes the reader's error.
Email read_email(ObjectReader& fields, const CodecLimits& limits);

// Writes them, only what is set, under the same names.
void write_email(const Email& email, OrderedJson& out);

}  // namespace jobd
