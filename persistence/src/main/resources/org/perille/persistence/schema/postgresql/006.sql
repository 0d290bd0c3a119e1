-- SEEKING, FORMING or MEMBER. Nodes of earlier versions make their entries as members.
ALTER TABLE perille_node ADD COLUMN IF NOT EXISTS state VARCHAR(20) NOT NULL DEFAULT 'MEMBER';

-- The network to which a loopback address of the node belongs.
ALTER TABLE perille_node ADD COLUMN IF NOT EXISTS machine VARCHAR(500) NOT NULL DEFAULT '';
