// The operator's page: what the node does now, and what its operator may do.
document.querySelector('main').append('badged');
