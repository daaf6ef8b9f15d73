/* The one file of C++: libdouble-conversion's ECMAScript converter behind a C function. */
#include "number_oracle.h"

#include <double-conversion/double-conversion.h>

using double_conversion::DoubleToStringConverter;
using double_conversion::StringBuilder;

void number_oracle(char *out, size_t capacity, double value)
{
    /* The converter would keep the sign of a negative zero only with a flag: without it the result is "0". */
    StringBuilder text(out, static_cast<int>(capacity));
    DoubleToStringConverter::EcmaScriptConverter().ToShortest(value, &text);
    text.Finalize();
}
