# Badges in images.
unit_test(image node_image)
add_executable(read_images unit/read_images.c)
target_link_libraries(read_images PRIVATE node_image)
