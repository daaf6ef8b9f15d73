# Status lists.
unit_test(status inquiry vectors)
