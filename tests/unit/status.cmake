# Status lists.
unit_test(status status_support vectors)
unit_test(status_inquiry status_support inquiry vectors)
